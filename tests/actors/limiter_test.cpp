#include "actors/limiter.hpp"

#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;
using ending = limiter::ending;
using seconds = std::chrono::duration<double>;

/// A service, and a sender that always has more to send than it may.
class link {
public:
  /// A request has come while so many others are with the service: how long
  /// it takes, and how it ends.
  struct fate {
    std::chrono::nanoseconds takes;
    ending how = ending::served;
  };

  using service = std::function<fate(std::size_t others)>;

  link(limiter& uut, service what) : uut_(uut), service_(std::move(what)) {
    // nop
  }

  service& what() {
    return service_;
  }

  /// From now on tables in trouble have so many requests in a second, which
  /// fail soon, whatever the service does for others.
  void trouble(double rate, unsigned seed) {
    trouble_ = std::exponential_distribution<>{rate};
    dice_.seed(seed);
    next_trouble_ = now_ + pause();
  }

  /// Lets time pass. Returns the bytes that were served in each second.
  double run(std::chrono::nanoseconds span, bool waiting = true) {
    auto end = now_ + span;
    auto before = bytes_;
    while (true) {
      auto most_open = waiting ? share(uut_.limit()) : 1;
      while (open_.size() < most_open) {
        auto x = next();
        open_.push({now_ + x.takes, x.how});
        ++requests;
        failed += x.how == ending::failed ? 1 : 0;
      }
      uut_.note_waiting(waiting, open_.size(), now_);
      if (open_.top().at > end)
        break;
      auto x = open_.top();
      open_.pop();
      now_ = x.at;
      auto bytes = std::bernoulli_distribution{small}(dice_) ? size / 50 : size;
      if (x.how == ending::served)
        bytes_ += static_cast<double>(bytes);
      uut_.note(x.how, bytes, now_);
      most = std::max(most, uut_.limit());
    }
    now_ = end;
    return (bytes_ - before) / seconds{span}.count();
  }

  static constexpr std::size_t size = 100'000;
  std::size_t requests = 0;
  std::size_t failed = 0;
  std::uint32_t most = 0;
  /// What it may use of so many.
  std::function<std::size_t(std::uint32_t)> share = std::identity{};
  /// The part of the requests that are probes, and carry little.
  double small = 0;

private:
  struct request {
    time_point at;
    ending how;

    bool operator<(const request& x) const {
      return at > x.at; // the first to end on top
    }
  };

  std::chrono::nanoseconds pause() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
      seconds{trouble_(dice_)});
  }

  fate next() {
    if (next_trouble_ > now_)
      return service_(open_.size());
    next_trouble_ += pause();
    return {20ms, ending::failed};
  }

  limiter& uut_;
  service service_;
  std::priority_queue<request> open_;
  time_point now_ = time_point{} + 1000h;
  double bytes_ = 0;
  std::exponential_distribution<> trouble_;
  std::mt19937 dice_;
  time_point next_trouble_ = time_point::max();
};

/// The latency of the service as a small request sees it.
struct noise {
  explicit noise(unsigned seed) : dice(seed) {
    // nop
  }

  std::chrono::nanoseconds operator()() {
    auto x = 0.110 + tail(dice);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(seconds{x});
  }

  std::mt19937 dice;
  std::lognormal_distribution<> tail{std::log(0.008), 1.0};
};

/// Takes `width` requests at once, the others wait in its queue.
link::service narrow(std::size_t width, unsigned seed) {
  auto base = std::make_shared<noise>(seed);
  return [=](std::size_t others) {
    auto queue = static_cast<double>(std::max(others + 1, width))
                 / static_cast<double>(width);
    return link::fate{
      std::chrono::duration_cast<std::chrono::nanoseconds>((*base)() * queue)};
  };
}

/// As `what`, but so many of the requests fail by chance, however few there
/// are; soon, or as late as others are served.
link::service unsteady(link::service what, double share, bool soon,
                       unsigned seed) {
  auto dice = std::make_shared<std::mt19937>(seed);
  return [=, what = std::move(what)](std::size_t others) {
    auto result = what(others);
    if (std::bernoulli_distribution{share}(*dice)) {
      result.how = ending::failed;
      if (soon)
        result.takes = 20ms;
    }
    return result;
  };
}

TEST(limiter, takes_all_where_more_is_better) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{32, 4};
    link all{uut, narrow(1000, seed)};
    EXPECT_EQ(uut.limit(), 4u);
    all.run(5s); // finds it in less
    EXPECT_GE(uut.limit(), 24u) << seed;
    auto rate = all.run(60s);
    EXPECT_GE(rate, 0.93 * 32 * link::size / 0.123) << seed;
  }
}

TEST(limiter, stays_near_what_the_service_takes_at_once) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{64, 4};
    link all{uut, narrow(10, seed)};
    all.run(60s);
    all.most = 0;
    auto rate = all.run(120s);
    EXPECT_GE(rate, 0.93 * 10 * link::size / 0.123) << seed;
    EXPECT_LE(all.most, 18u) << seed;
    EXPECT_GE(uut.limit(), 7u) << seed;
  }
}

TEST(limiter, follows_a_service_that_changes) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{64, 4};
    link all{uut, narrow(8, seed)};
    all.run(60s);
    EXPECT_LE(uut.limit(), 14u) << seed;
    all.what() = narrow(40, seed);
    all.run(120s);
    EXPECT_GE(uut.limit(), 28u) << seed;
    all.what() = narrow(8, seed);
    all.run(180s);
    EXPECT_LE(uut.limit(), 18u) << seed;
  }
}

TEST(limiter, heeds_a_service_that_refuses_what_is_too_much) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{64, 4};
    auto base = std::make_shared<noise>(seed);
    link all{uut, [=](std::size_t others) {
               return others < 12 ? link::fate{(*base)()}
                                  : link::fate{5ms, ending::failed};
             }};
    all.run(30s);
    all.requests = all.failed = 0;
    auto rate = all.run(120s);
    EXPECT_GE(rate, 0.6 * 12 * link::size / 0.123) << seed;
    EXPECT_LE(all.failed * 4, all.requests) << seed;
  }
}

TEST(limiter, goes_down_in_an_outage_and_comes_back) {
  limiter uut{32, 4};
  link all{uut, narrow(1000, 1)};
  all.run(10s);
  auto before = uut.limit();
  all.what() = [](std::size_t) { return link::fate{10ms, ending::failed}; };
  all.run(5s);
  EXPECT_EQ(uut.limit(), 2u); // a table in trouble shall not have the only one
  all.what() = narrow(1000, 2);
  all.run(10s);
  EXPECT_GE(uut.limit(), before * 3 / 4);
}

TEST(limiter, comes_back_from_any_outage) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{32, 4};
    link all{uut, narrow(1000, seed)};
    all.run(20s);
    auto before = uut.limit();
    all.what() = [](std::size_t) { return link::fate{10ms, ending::failed}; };
    all.run(1s);
    EXPECT_EQ(uut.limit(), 2u) << seed;
    all.run(4s);
    EXPECT_EQ(uut.limit(), 2u) << seed;
    all.what() = narrow(1000, seed + 100);
    all.run(10s);
    EXPECT_GE(uut.limit(), before * 3 / 4) << seed;
  }
}

TEST(limiter, comes_back_though_there_are_probes_after_an_outage) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    limiter uut{32, 4};
    link all{uut, narrow(1000, seed)};
    all.run(20s);
    all.what() = [](std::size_t) { return link::fate{10ms, ending::failed}; };
    all.run(5s);
    all.what() = narrow(1000, seed + 100);
    all.small = 0.9;
    all.run(5s);
    EXPECT_GE(uut.limit(), 16u) << seed;
  }
}

TEST(limiter, failures_by_chance_are_no_outage) {
  for (auto share : {0.01, 0.02, 0.05, 0.08, 0.12, 0.20})
    for (auto soon : {false, true})
      for (auto seed = 1u; seed <= 10; ++seed) {
        auto rate = [=](std::uint32_t start) {
          limiter uut{32, start};
          link all{uut, unsteady(narrow(1000, seed), share, soon, seed)};
          all.run(30s);
          return all.run(60s);
        };
        EXPECT_GE(rate(4), 0.9 * rate(0))
          << share << ' ' << soon << ' ' << seed;
      }
}

TEST(limiter, failures_by_chance_do_not_hide_what_is_too_much) {
  for (auto share : {0.02, 0.08, 0.20})
    for (auto seed = 1u; seed <= 20; ++seed) {
      limiter uut{64, 4};
      link all{uut, unsteady(narrow(10, seed), share, false, seed)};
      all.run(60s);
      auto rate = all.run(60s);
      EXPECT_GE(rate, 0.85 * (1 - share) * 10 * link::size / 0.123)
        << share << ' ' << seed;
      EXPECT_LE(uut.limit(), 32u) << share << ' ' << seed;
    }
}

/// Least of all where the few that may go are mostly those that fail.
TEST(limiter, tables_in_trouble_do_not_slow_those_that_are_well) {
  for (auto trouble : {3, 12, 30, 60})
    for (auto outage : {false, true})
      for (auto seed = 1u; seed <= 10; ++seed) {
        auto rate = [=](std::uint32_t start) {
          limiter uut{32, start};
          link all{uut, narrow(1000, seed)};
          all.trouble(trouble, seed);
          if (outage) {
            all.run(10s);
            auto well = std::exchange(all.what(), [](std::size_t) {
              return link::fate{10ms, ending::failed};
            });
            all.run(5s);
            all.what() = well;
          }
          all.run(30s);
          return all.run(60s);
        };
        EXPECT_GE(rate(4), 0.9 * rate(0))
          << trouble << ' ' << outage << ' ' << seed;
      }
}

TEST(limiter, goes_down_when_the_service_takes_less) {
  for (auto takes : {5ms, 110ms})
    for (auto seed = 1u; seed <= 20; ++seed) {
      limiter uut{64, 4};
      auto base = std::make_shared<noise>(seed);
      auto width = std::make_shared<std::size_t>(60);
      link all{uut, [=](std::size_t others) {
                 return others < *width ? link::fate{(*base)()}
                                        : link::fate{takes, ending::failed};
               }};
      all.run(40s);
      EXPECT_GE(uut.limit(), 40u) << seed;
      *width = 16;
      all.run(20s);
      all.requests = all.failed = 0;
      auto rate = all.run(60s);
      EXPECT_GE(rate, 0.8 * 16 * link::size / 0.123) << seed;
      EXPECT_LE(all.failed * 10, all.requests) << seed;
    }
}

TEST(limiter, learns_nothing_while_nobody_waits) {
  limiter uut{32, 4};
  link all{uut, narrow(1000, 1)};
  all.run(60s, false);
  EXPECT_EQ(uut.limit(), 4u);
}

/// Most of the time nothing waits, but then it does.
TEST(limiter, grows_for_what_comes_in_bursts) {
  for (auto burst : {14u, 28u})
    for (auto seed = 1u; seed <= 20; ++seed) {
      limiter uut{32, seed % 2 == 0 ? 2u : 4u};
      std::mt19937 dice{seed};
      std::lognormal_distribution<> takes{std::log(0.05), 0.5};
      std::priority_queue<time_point, std::vector<time_point>,
                          std::greater<time_point>>
        open;
      for (auto second = 0s; second < 300s; ++second) {
        auto now = time_point{} + 1000h + second;
        auto waiting = burst;
        auto begin = [&] {
          for (; waiting > 0 && open.size() < uut.limit(); --waiting)
            open.push(now
                      + std::chrono::duration_cast<std::chrono::nanoseconds>(
                        seconds{takes(dice)}));
          uut.note_waiting(waiting > 0, open.size(), now);
        };
        for (begin(); !open.empty(); begin()) {
          now = open.top();
          open.pop();
          uut.note(ending::served, link::size, now);
        }
      }
      EXPECT_GE(uut.limit() * 2, burst) << seed;
    }
}

/// A number that leaves as many in flight shows nothing.
TEST(limiter, goes_no_lower_while_tables_lack_a_share) {
  auto after_minutes = [](std::uint32_t most_in_flight) {
    limiter uut{64, 32};
    auto now = time_point{} + 1000h;
    for (auto end = now + 600s; now < end; now += 20ms) {
      uut.note_waiting(true, std::min(uut.limit(), most_in_flight), now);
      uut.note(ending::served, link::size, now);
    }
    return uut.limit();
  };
  EXPECT_LT(after_minutes(64), 32u);
  EXPECT_GE(after_minutes(16), 32u);
}

/// Slow tables may hold so much that no number changes anything.
TEST(limiter, comes_back_from_numbers_that_change_nothing) {
  limiter uut{64, 4};
  auto now = time_point{} + 1000h;
  auto knee = 16u;
  auto serve_for_a_second = [&](std::uint32_t in_flight) {
    for (auto end = now + 1s; now < end;
         now += 100ms / std::min(in_flight, knee)) {
      uut.note_waiting(true, in_flight, now);
      uut.note(ending::served, link::size, now);
    }
  };
  for (auto i = 0; i < 100; ++i)
    serve_for_a_second(uut.limit());
  EXPECT_LT(uut.limit(), 24u);
  auto back = 0;
  for (auto i = 0; i < 600; ++i) {
    serve_for_a_second(8);
    back += uut.limit() < 24 ? 1 : 0;
  }
  EXPECT_GT(back, 200);
}

/// A table that is busy and one that sends a row now and then.
std::size_t half(std::uint32_t slots) {
  return (slots + 1) / 2;
}

TEST(limiter, goes_on_though_a_larger_number_brings_no_more_into_flight) {
  for (auto jitter : {0.01, 0.05, 0.2})
    for (auto when = 100ms; when < 3s; when += 50ms) {
      auto dice = std::make_shared<std::mt19937>(when.count());
      limiter uut{32, 4};
      link busy{uut, [=](std::size_t) {
                  std::lognormal_distribution<> takes{std::log(0.05), jitter};
                  return link::fate{
                    std::chrono::duration_cast<std::chrono::nanoseconds>(
                      seconds{takes(*dice)})};
                }};
      busy.run(when);
      busy.share = half;
      busy.run(30s);
      EXPECT_GE(uut.limit(), 24u) << jitter << ' ' << when.count();
    }
}

TEST(limiter, makes_up_for_a_share) {
  for (auto width : {5u, 7u, 9u, 13u})
    for (auto seed = 1u; seed <= 20; ++seed) {
      limiter uut{256, 4};
      link busy{uut, narrow(width, seed)};
      busy.run(60s + 100ms * seed); // the others come while something is tried

      busy.share = half;
      busy.run(60s);
      auto rate = busy.run(60s);
      EXPECT_GE(rate, 0.85 * width * link::size / 0.123)
        << width << ' ' << seed << ' ' << uut.limit();
      busy.most = 0;
      busy.run(300s);
      EXPECT_LE(busy.most, 4 * width) << width << ' ' << seed;
      busy.share = std::identity{};
      busy.run(120s);
      EXPECT_LE(uut.limit(), 3 * width) << width << ' ' << seed;
    }
}

/// A turn that is on its way to a streamer is none that nobody wants.
TEST(limiter, takes_a_moment_without_waiting_for_none) {
  auto after_seconds = [](std::chrono::nanoseconds moment) {
    limiter uut{32, 4};
    auto now = time_point{} + 1000h;
    for (auto end = now + 60s; now < end; now += 110ms) {
      for (auto i = uut.limit(); i > 0; --i) {
        uut.note(ending::served, link::size, now);
        uut.note_waiting(false, 0, now);
        now += moment / uut.limit();
      }
      uut.note_waiting(true, uut.limit(), now);
    }
    return uut.limit();
  };
  EXPECT_GE(after_seconds(4ms), 24u);
}

TEST(limiter, other_endings_tell_nothing) {
  limiter uut{32, 4};
  link all{uut, [](std::size_t) { return link::fate{10ms, ending::other}; }};
  all.run(10s);
  EXPECT_EQ(uut.limit(), 4u);
}

TEST(limiter, can_be_fixed) {
  limiter uut{32, 0};
  link all{uut, [](std::size_t) { return link::fate{10ms, ending::failed}; }};
  all.run(10s);
  EXPECT_EQ(uut.limit(), 32u);
}

TEST(limiter, may_begin_with_the_most) {
  limiter uut{4, 4};
  link all{uut, [](std::size_t) { return link::fate{10ms, ending::failed}; }};
  all.run(10s);
  EXPECT_EQ(uut.limit(), 2u);
  all.what() = narrow(1000, 1);
  all.run(10s);
  EXPECT_EQ(uut.limit(), 4u);
}

TEST(limiter, never_leaves_its_bounds) {
  for (auto most : {0u, 1u, 2u, 3u}) {
    limiter uut{most, 1};
    EXPECT_EQ(uut.limit(), 1u);
    link all{uut, narrow(1000, 1)};
    all.run(60s);
    EXPECT_GE(uut.limit(), 1u);
    EXPECT_LE(all.most, std::max(most, 1u));
  }
}

} // namespace

} // namespace bqs
