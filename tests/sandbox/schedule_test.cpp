#include "sandbox/schedule.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

TEST(schedule, is_always_active_by_default) {
  EXPECT_TRUE(schedule{}.active(0s));
  EXPECT_TRUE(schedule{}.active(1h));
}

TEST(schedule, begins_and_ends) {
  schedule x{10s, 5s, std::nullopt};
  EXPECT_FALSE(x.active(9'999ms));
  EXPECT_TRUE(x.active(10s));
  EXPECT_TRUE(x.active(14'999ms));
  EXPECT_FALSE(x.active(15s));
  EXPECT_FALSE(x.active(1h));
}

TEST(schedule, comes_back) {
  schedule x{10s, 5s, 1min};
  EXPECT_FALSE(x.active(0s));
  EXPECT_TRUE(x.active(12s));
  EXPECT_FALSE(x.active(20s));
  EXPECT_FALSE(x.active(69s));
  EXPECT_TRUE(x.active(70s));
  EXPECT_FALSE(x.active(75s));
  EXPECT_TRUE(x.active(10s + 100min));
}

} // namespace
