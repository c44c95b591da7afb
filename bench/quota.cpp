// A service as it is on its days, which takes so many rows a second and refuses
// what is more. The quota is halved in mid-run, and doubled again.

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "bench/benches.hpp"

namespace bqs::bench {

namespace {

constexpr double whole_quota = 100'000;

void allow(const service& box, double rows_per_second) {
  set_faults(box,
             "quota-rows=" + std::to_string(static_cast<int>(rows_per_second))
               + "/s\nrealistic\n");
}

/// A quota, and how long it holds: the node finds it, and then keeps to it.
struct phase {
  const char* name;
  double quota;
  std::chrono::milliseconds search;
  std::chrono::milliseconds steady;
};

/// What the service had done by then.
struct sight {
  double when = 0;
  sandbox_books done;
};

/// The service's books while a phase lasts.
struct seen {
  std::vector<sight> all;
  /// Index of the first that belongs to the steady state.
  std::size_t steady = 0;
};

/// What was done from one look to a later one.
struct share {
  share(const sight& from, const sight& to)
    : seconds(to.when - from.when), done(to.done) {
    done.committed -= from.done.committed;
    done.requests -= from.done.requests;
    done.refused -= from.done.refused;
  }

  double rows_per_second() const {
    return static_cast<double>(done.committed) / seconds;
  }

  double refused() const {
    return done.requests > 0 ? static_cast<double>(done.refused)
                                 / static_cast<double>(done.requests)
                             : 0;
  }

  double seconds;
  sandbox_books done;
};

seen watch(const service& box, const phase& x) {
  seen result;
  auto look = [&] { result.all.push_back({steady_seconds(), books_of(box)}); };
  auto look_for = [&](double seconds) {
    auto end = steady_seconds() + seconds;
    while (steady_seconds() < end) {
      std::this_thread::sleep_for(200ms);
      look();
    }
  };
  look();
  look_for(std::chrono::duration<double>(x.search).count());
  result.steady = result.all.size() - 1;
  look_for(std::chrono::duration<double>(x.steady).count());
  return result;
}

/// How much of the quota was used in each quarter of the time.
results::values used_in_quarters(const std::vector<sight>& looks,
                                 double quota) {
  auto result = results::values::array();
  auto last = looks.size() - 1;
  for (std::size_t i = 0; i < 4; ++i) {
    share quarter{looks[last * i / 4], looks[last * (i + 1) / 4]};
    result.emplace_back(quarter.rows_per_second() / quota);
  }
  return result;
}

void limited(run& how, int tables) {
  const std::vector<phase> phases{
    {"from the start", whole_quota, how.pick(20'000ms, 2'000ms),
     how.pick(40'000ms, 1'000ms)},
    {"halved", whole_quota / 2, how.pick(20'000ms, 1'500ms),
     how.pick(40'000ms, 1'000ms)},
    {"doubled again", whole_quota, how.pick(40'000ms, 1'500ms),
     how.pick(40'000ms, 1'000ms)}};
  auto box = start_sandbox(how);
  auto node = start_node(box.url);
  auto time = 0ms;
  for (auto& x : phases)
    time += x.search + x.steady + 200ms;
  auto sender = start_sender({"node=" + std::to_string(node.port), "by=blocks",
                              "rows=500", "size=200", "ahead=400",
                              "tables=" + std::to_string(tables),
                              "milliseconds=" + std::to_string(time.count())});
  std::vector<seen> watched;
  std::jthread operation{[&] {
    for (auto& x : phases) {
      allow(box, x.quota);
      watched.push_back(watch(box, x));
    }
    set_faults(box, ""); // what is left shall not take long
  }};
  auto found = measure(sender, {&node.program});
  operation.join();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto& x = phases[i];
    auto& looks = watched[i].all;
    auto seconds = time_to(0.95 * x.quota, looks.front().when,
                           looks.back().when, found.result["samples"]);
    auto there = seconds < 0
                   ? looks.end() - 1
                   : std::ranges::lower_bound(
                     looks, looks.front().when + seconds, {}, &sight::when);
    share search{looks.front(), *std::min(there, looks.end() - 1)};
    share steady{looks[watched[i].steady], looks.back()};
    share all{looks.front(), looks.back()};
    how.found.add(
      "quota",
      std::to_string(tables) + (tables == 1 ? " table, " : " tables, ")
        + x.name,
      {{"quota rows/s", x.quota},
       {"s until 95%", seconds},
       {"share refused until then", search.refused()},
       {"share of it used, steady", steady.rows_per_second() / x.quota},
       {"share refused, steady", steady.refused()},
       {"share refused, in all", all.refused()},
       {"rows a request", steady.done.rows_a_request()},
       {"used in each quarter", used_in_quarters(looks, x.quota)}});
  }
}

} // namespace

void quota(run& how) {
  for (auto tables : {1, 10, 100})
    limited(how, tables);
}

} // namespace bqs::bench
