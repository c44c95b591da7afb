#include "actors/log_limit.hpp"

#include <gtest/gtest.h>

using namespace bqs;
using namespace std::chrono_literals;

TEST(log_limit, one_line_per_period_says_how_many_there_were) {
  log_limit uut{1min};
  log_limit::clock::time_point now{};
  EXPECT_EQ(uut.count(now), 1u);
  for (auto i = 0; i < 5; ++i)
    EXPECT_EQ(uut.count(now += 10s), 0u);
  EXPECT_EQ(uut.count(now += 10s), 6u);
  EXPECT_EQ(uut.count(now += 59s), 0u);
  EXPECT_EQ(uut.count(now += 1h), 2u);
}
