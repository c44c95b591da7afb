#include "sandbox/latency.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

latency_model read(std::string_view text) {
  latency_model result;
  EXPECT_TRUE(read_latency(text, result)) << text;
  return result;
}

std::vector<std::chrono::microseconds> sample(const latency_model& x) {
  std::mt19937_64 dice{1};
  std::vector<std::chrono::microseconds> result;
  for (auto i = 0; i < 10'001; ++i)
    result.push_back(draw(x, dice).of(0));
  std::sort(result.begin(), result.end());
  return result;
}

TEST(latency, a_fixed_one_needs_no_luck) {
  auto all = sample(read("50ms"));
  EXPECT_EQ(all.front(), 50ms);
  EXPECT_EQ(all.back(), 50ms);
}

TEST(latency, a_range_is_even) {
  auto all = sample(read("10ms..20ms"));
  EXPECT_GE(all.front(), 10ms);
  EXPECT_LE(all.back(), 20ms);
  EXPECT_GT(all[5'000], 14'700us);
  EXPECT_LT(all[5'000], 15'300us);
}

TEST(latency, a_log_normal_one_is_mostly_short) {
  auto all = sample(read("110ms+lognormal:8ms:1.0"));
  EXPECT_GT(all.front(), 110ms);
  EXPECT_GT(all[5'000], 117'500us);
  EXPECT_LT(all[5'000], 118'500us);
  // e^2.326 medians on top.
  EXPECT_GT(all[9'900], 175ms);
  EXPECT_LT(all[9'900], 215ms);
}

TEST(latency, bytes_cost_time_up_to_the_most) {
  auto x = read("10ms");
  x.per_mb = 80ms;
  x.most = 100ms;
  std::mt19937_64 dice{1};
  auto drawn = draw(x, dice);
  EXPECT_EQ(drawn.of(0), 10ms);
  EXPECT_EQ(drawn.of(500'000), 50ms);
  EXPECT_EQ(drawn.of(10'000'000), 100ms);
}

TEST(latency, says_what_it_does_not_understand) {
  for (auto text : {"", "5", "1s+", "+1s", "1s+2s", "lognormal",
                    "lognormal:8ms", "lognormal:8ms:", "lognormal:0ms:1",
                    "lognormal:8ms:-1", "lognormal:8ms:6", "lognormal:8ms:nan",
                    "lognormal:8ms:1+lognormal:8ms:1"}) {
    latency_model out;
    EXPECT_FALSE(read_latency(text, out)) << text;
  }
}

} // namespace
