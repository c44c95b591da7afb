// A service as it is on its days, which takes so many rows a second and refuses
// what is more. The quota is halved in mid-run, and doubled again.

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

struct phase {
  const char* name;
  double quota;
  std::chrono::milliseconds time;
};

void limited(run& how, int tables) {
  const std::vector<phase> phases{
    {"from the start", whole_quota, how.pick(30'000ms, 3'000ms)},
    {"halved", whole_quota / 2, how.pick(20'000ms, 2'000ms)},
    {"doubled again", whole_quota, how.pick(20'000ms, 2'000ms)}};
  auto box = start_sandbox(how);
  auto node = start_node(box.url);
  auto time = 0ms;
  for (auto& x : phases)
    time += x.time;
  auto sender = start_sender({"node=" + std::to_string(node.port), "by=blocks",
                              "rows=500", "size=200", "ahead=400",
                              "tables=" + std::to_string(tables),
                              "milliseconds=" + std::to_string(time.count())});
  struct seen {
    double begin = 0;
    double seconds = 0;
    sandbox_books done;
  };
  std::vector<seen> all;
  std::jthread operation{[&] {
    for (auto& x : phases) {
      allow(box, x.quota);
      seen y;
      auto start = steady_seconds();
      // The first half is for finding the way.
      std::this_thread::sleep_for(x.time / 2);
      auto before = books_of(box);
      y.begin = steady_seconds();
      std::this_thread::sleep_for(x.time / 2 - 100ms);
      y.done = books_of(box);
      y.seconds = steady_seconds() - y.begin;
      y.begin = start;
      y.done.committed -= before.committed;
      y.done.requests -= before.requests;
      y.done.refused -= before.refused;
      all.push_back(y);
    }
    set_faults(box, ""); // what is left shall not take long
  }};
  auto found = measure(sender, {&node.program});
  operation.join();
  auto i = all.begin();
  for (auto& x : phases) {
    auto& y = *i++;
    auto requests = static_cast<double>(y.done.requests);
    how.found.add(
      "quota",
      std::to_string(tables) + (tables == 1 ? " table, " : " tables, ")
        + x.name,
      {{"quota rows/s", x.quota},
       {"share of it used",
        static_cast<double>(y.done.committed) / y.seconds / x.quota},
       {"share of requests refused",
        requests > 0 ? static_cast<double>(y.done.refused) / requests : 0},
       {"rows a request",
        requests > 0 ? static_cast<double>(y.done.committed) / requests : 0},
       {"s until 95%",
        time_to(0.95 * x.quota, y.begin, found.result["samples"])}});
  }
}

} // namespace

void quota(run& how) {
  for (auto tables : {1, 10, 100})
    limited(how, tables);
}

} // namespace bqs::bench
