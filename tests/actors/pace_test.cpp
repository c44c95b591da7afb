#include "actors/pace.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

/// A service with a quota and latencies as the sandbox has them, and one sender
/// that always has more to send.
struct service : testing::Test {
  struct request {
    std::size_t bytes;
    time_point since;
    time_point ends;
  };

  std::chrono::nanoseconds latency(std::size_t bytes) {
    constexpr auto per_byte = 83.3e-9;
    auto x = 0.110 + tail(dice) + per_byte * static_cast<double>(bytes);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(seconds{x});
  }

  std::size_t next_size() {
    if (probing)
      return probe;
    std::uniform_real_distribution<> share{1 - spread, 1};
    return static_cast<std::size_t>(static_cast<double>(size) * share(dice));
  }

  /// Fills the bucket: one second's worth, which one request may overdraw.
  bool take(std::size_t bytes) {
    level = std::min(quota, level + quota * seconds{now - filled}.count());
    filled = now;
    if (level < 0)
      return false;
    level -= static_cast<double>(bytes);
    return true;
  }

  /// Another sender before another service: nothing is known or under way.
  void restart(unsigned seed) {
    uut = {};
    open.clear();
    probing = false;
    level = quota;
    filled = now;
    dice.seed(seed);
    tail.reset();
  }

  /// Sends for so long, up to so many requests at once.
  void run(std::chrono::nanoseconds span, std::size_t at_once = 32) {
    sent = refused = 0;
    auto bytes = 0.0;
    auto end = now + span;
    while (now < end) {
      auto most = [&] { return probing ? std::size_t{1} : at_once; };
      while (open.size() < most() && now >= uut.free_at()) {
        auto n = next_size();
        uut.start(n, now);
        open.push_back({n, now, now + latency(n)});
      }
      auto next = end;
      for (auto& x : open)
        next = std::min(next, x.ends);
      if (open.size() < most())
        next = std::min(next, std::max(uut.free_at(), now));
      now = next;
      for (auto i = open.begin(); i != open.end();) {
        if (i->ends > now) {
          ++i;
          continue;
        }
        if (take(i->bytes)) {
          ++sent;
          bytes += static_cast<double>(i->bytes);
          uut.taken(i->bytes, i->since, now);
          probing = false;
        } else {
          ++refused;
          probing = probe > 0;
          uut.refused(i->bytes, i->since, now);
        }
        i = open.erase(i);
      }
    }
    used = bytes / (quota * seconds{span}.count());
    in_vain = static_cast<double>(refused)
              / static_cast<double>(std::max<std::size_t>(sent + refused, 1));
  }

  pace uut;
  std::mt19937 dice{1};
  std::lognormal_distribution<> tail{std::log(0.008), 1.0};
  time_point now = time_point{} + 1000h;
  std::deque<request> open;
  /// Of the largest request, and by what share of it others may be smaller.
  std::size_t size = 200'000;
  double spread = 0;
  /// Of those that go alone while the last one was refused, as those of a table
  /// in trouble; 0: they are as all others.
  std::size_t probe = 0;
  bool probing = false;
  double quota = 10e6;
  double level = quota;
  time_point filled = now;
  std::size_t sent = 0;
  std::size_t refused = 0;
  /// Shares of the quota and of the requests.
  double used = 0;
  double in_vain = 0;
};

using pace_test = service;

TEST_F(pace_test, is_free_until_something_is_refused) {
  EXPECT_FALSE(uut.rate(now));
  for (auto i = 0; i < 1000; ++i) {
    EXPECT_GE(now, uut.free_at());
    uut.start(size, now);
    uut.taken(size, now, now);
  }
  EXPECT_FALSE(uut.rate(now));
}

TEST_F(pace_test, uses_a_quota_and_has_little_refused) {
  for (auto seed = 1u; seed <= 10; ++seed)
    for (auto bytes : {50'000u, 200'000u, 1'000'000u, 2'500'000u}) {
      size = bytes;
      restart(seed);
      run(60s); // to find it
      run(600s);
      EXPECT_GE(used, 0.95) << bytes;
      EXPECT_LE(in_vain, 0.01) << bytes;
    }
}

TEST_F(pace_test, finds_a_quota_within_seconds) {
  run(10s);
  EXPECT_GE(used, 0.9);
  EXPECT_LE(*uut.rate(now), 1.3 * quota);
  EXPECT_GE(*uut.rate(now), 0.7 * quota);
}

/// What is sent for 1, 10 and 100 tables at 100,000 rows in a second: requests
/// of 5,000 rows of 200 bytes and their insert ids; with many tables some are
/// cut before they are full.
constexpr struct {
  std::size_t size;
  double spread;
} loads[] = {{1'250'000, 0}, {1'250'000, 0.05}, {1'250'000, 0.6}};
constexpr double quota_of_loads = 25e6;

TEST_F(pace_test, keeps_to_a_quota_that_is_halved_and_doubled) {
  for (auto seed = 1u; seed <= 10; ++seed)
    for (auto& load : loads) {
      std::tie(size, spread) = std::tie(load.size, load.spread);
      quota = quota_of_loads;
      restart(seed);
      run(60s);
      for (auto factor : {1.0, 0.5, 2.0, 2.0}) {
        quota *= factor;
        run(40s); // to find it
        run(300s);
        EXPECT_GE(used, 0.95) << quota << ", " << load.spread;
        EXPECT_LE(in_vain, 0.01) << quota << ", " << load.spread;
      }
    }
}

TEST_F(pace_test, slows_down_within_seconds_when_a_quota_is_halved) {
  run(60s);
  quota /= 2;
  run(5s);
  EXPECT_LE(*uut.rate(now), 1.2 * quota);
}

TEST_F(pace_test, finds_a_doubled_quota_within_seconds) {
  for (auto& load : loads) {
    std::vector<double> times;
    auto all = 0.0;
    auto in_vain_of_all = 0.0;
    for (auto seed = 1u; seed <= 96; ++seed) {
      std::tie(size, spread) = std::tie(load.size, load.spread);
      quota = quota_of_loads;
      restart(seed);
      run(30s);
      quota /= 2;
      run(15s + seed % 24 * 500ms); // it may be at any point of its search
      quota *= 2;
      auto since = now;
      do {
        run(1s);
        in_vain_of_all += static_cast<double>(refused);
        all += static_cast<double>(sent + refused);
      } while (used < 0.95 && now - since < 90s);
      times.push_back(seconds{now - since}.count());
    }
    std::sort(times.begin(), times.end());
    EXPECT_LE(times[times.size() / 2], 12) << load.spread;
    EXPECT_LE(times.back(), 18) << load.spread;
    EXPECT_LE(in_vain_of_all, 0.01 * all) << load.spread;
  }
}

TEST_F(pace_test, is_free_again_where_there_is_no_quota_any_more) {
  run(60s);
  ASSERT_TRUE(uut.rate(now));
  quota = 1e12;
  run(120s);
  EXPECT_FALSE(uut.rate(now));
  EXPECT_FALSE(uut.idle(now));
  now += 8s;
  EXPECT_TRUE(uut.idle(now));
}

TEST_F(pace_test, slows_down_as_long_as_nothing_is_taken) {
  quota = 0;
  level = -1;
  run(60s);
  EXPECT_EQ(sent, 0u);
  EXPECT_LE(refused, 150u); // about two in a second
  ASSERT_TRUE(uut.rate(now));
}

TEST_F(pace_test, comes_back_soon_after_a_day_without_any_quota) {
  run(60s);
  auto before = quota;
  quota = 0;
  level = -1;
  run(24h);
  EXPECT_GE(refused, 8'000u); // it has not given up
  quota = before;
  run(60s);
  EXPECT_GE(used, 0.5);
  run(60s);
  EXPECT_GE(used, 0.9);
}

TEST_F(pace_test, is_back_within_seconds_where_small_probes_were_refused) {
  for (auto seed = 1u; seed <= 10; ++seed)
    for (auto& load : loads) {
      std::tie(size, spread) = std::tie(load.size, load.spread);
      probe = 2'500;
      quota = quota_of_loads;
      restart(seed);
      run(60s);
      quota = 0;
      level = -1;
      run(1h);
      EXPECT_EQ(sent, 0u);
      EXPECT_GE(refused, 300u); // it has not given up
      quota = quota_of_loads;
      run(5s);
      EXPECT_LE(refused, 3u) << load.spread;
      run(10s);
      EXPECT_GE(used, 0.9) << load.spread;
      EXPECT_LE(refused, 15u) << load.spread;
    }
}

TEST_F(pace_test, is_soon_at_a_part_of_a_quota_that_was_gone) {
  probe = 2'500;
  size = 1'250'000;
  for (auto share : {0.1, 0.3, 0.7}) {
    quota = quota_of_loads;
    restart(1);
    run(60s);
    quota = 0;
    level = -1;
    run(1h);
    quota = share * quota_of_loads;
    run(10s);
    EXPECT_LE(refused, 12u) << share;
    run(20s);
    EXPECT_GE(used, 0.9) << share;
    EXPECT_LE(refused, 12u) << share;
  }
}

TEST_F(pace_test, has_no_burst_refused_where_nothing_was_known_but_probes) {
  probe = 2'500;
  size = 1'250'000;
  quota = 0;
  level = -1;
  run(10min);
  quota = quota_of_loads;
  for (auto i = 0; i < 12; ++i) {
    run(5s);
    EXPECT_LE(refused, 15u) << i;
  }
  EXPECT_GE(used, 0.9);
}

TEST_F(pace_test, is_forgotten_minutes_after_its_last_refusal) {
  quota = 0;
  level = -1;
  run(60s);
  now += 90s;
  EXPECT_FALSE(uut.idle(now)); // trials may be so far apart
  now += 60s;
  EXPECT_TRUE(uut.idle(now));
}

TEST_F(pace_test, what_was_not_sent_costs_nothing) {
  uut.refused(size, now, now);
  now += 10s;
  auto free_at = [&] { return uut.free_at(); };
  uut.start(size, now);
  auto with_one = free_at();
  uut.start(size, now);
  EXPECT_GT(free_at(), with_one);
  uut.give_back(size, now, now);
  EXPECT_EQ(free_at(), with_one);
  // Nor does it shorten the pause after a refusal in which it went.
  auto since = now;
  now += 1s;
  uut.refused(size, since, now);
  auto paused = free_at();
  uut.give_back(size, since, now);
  EXPECT_EQ(free_at(), paused);
}

TEST_F(pace_test, what_was_sent_before_a_refusal_is_no_news) {
  auto since = now;
  uut.taken(size, now, now);
  now += 100ms;
  uut.refused(size, since, now);
  auto rate = *uut.rate(now);
  now += 1ms;
  uut.refused(size, since, now);
  EXPECT_NEAR(*uut.rate(now), rate, rate / 100);
  for (auto i = 0; i < 2; ++i) { // the first was a guess
    uut.taken(size, now, now);
    uut.refused(size, now, now);
  }
  EXPECT_LT(*uut.rate(now), rate * 0.9);
}

} // namespace

} // namespace bqs
