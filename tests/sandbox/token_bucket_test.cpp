#include "sandbox/token_bucket.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

const token_bucket::time_point start{1'000h};

TEST(token_bucket, lets_one_second_through_at_once) {
  token_bucket uut{100, start};
  EXPECT_TRUE(uut.open(start));
  uut.take(60);
  EXPECT_TRUE(uut.open(start));
  uut.take(40);
  EXPECT_FALSE(uut.open(start));
  EXPECT_TRUE(uut.open(start + 10ms));
}

TEST(token_bucket, what_is_overdrawn_is_waited_for) {
  token_bucket uut{100, start};
  uut.take(1'100);
  EXPECT_FALSE(uut.open(start + 9'900ms));
  EXPECT_TRUE(uut.open(start + 10'100ms));
}

TEST(token_bucket, saves_no_more_than_one_second) {
  token_bucket uut{100, start};
  EXPECT_TRUE(uut.full(start));
  uut.take(50);
  EXPECT_FALSE(uut.full(start));
  EXPECT_TRUE(uut.open(start + 1h));
  EXPECT_TRUE(uut.full(start + 1h));
  uut.take(100);
  EXPECT_FALSE(uut.open(start + 1h));
}

TEST(token_bucket, a_clock_that_is_set_back_stops_nothing) {
  token_bucket uut{100, start};
  uut.take(100);
  EXPECT_FALSE(uut.open(start - 1h));
  EXPECT_TRUE(uut.open(start - 1h + 10ms));
}

} // namespace
