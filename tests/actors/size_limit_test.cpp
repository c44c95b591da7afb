#include "actors/size_limit.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

constexpr std::size_t MiB = 1u << 20;
constexpr std::size_t KiB = 1u << 10;

} // namespace

TEST(size_limit, begins_with_what_is_allowed) {
  EXPECT_EQ(size_limit{5 * MiB}.bytes(), 5 * MiB);
}

TEST(size_limit, is_half_of_what_was_refused_but_not_below_its_floor) {
  size_limit uut{5 * MiB};
  uut.refused(4 * MiB);
  EXPECT_EQ(uut.bytes(), 2 * MiB);
  uut.refused(4 * MiB); // sent before that was known
  EXPECT_EQ(uut.bytes(), 2 * MiB);
  uut.refused(200 * KiB);
  EXPECT_EQ(uut.bytes(), 100 * KiB);
  uut.refused(100 * KiB);
  EXPECT_EQ(uut.bytes(), size_limit::floor);
  uut.refused(10);
  EXPECT_EQ(uut.bytes(), size_limit::floor);
}

TEST(size_limit, has_no_floor_above_what_is_allowed) {
  size_limit uut{10 * KiB};
  uut.refused(9 * KiB);
  EXPECT_EQ(uut.bytes(), 10 * KiB);
}

TEST(size_limit, grows_back_by_bodies_that_use_it) {
  size_limit uut{4 * MiB};
  uut.refused(4 * MiB);
  uut.passed(MiB); // proves nothing new
  EXPECT_EQ(uut.bytes(), 2 * MiB);
  auto n = 0;
  for (; uut.bytes() < 4 * MiB && n < 1000; ++n)
    uut.passed(uut.bytes());
  EXPECT_EQ(uut.bytes(), 4 * MiB);
  EXPECT_EQ(n, 64);
}

TEST(size_limit, learns_from_cuts_only_if_smaller_bodies_pass) {
  size_limit uut{5 * MiB};
  EXPECT_FALSE(uut.cut(4 * MiB));
  EXPECT_FALSE(uut.cut(4 * MiB)); // nothing passes: the service is away
  EXPECT_FALSE(uut.cut(4 * MiB));
  EXPECT_EQ(uut.bytes(), 5 * MiB);
  uut.passed(10 * KiB);
  EXPECT_TRUE(uut.cut(4 * MiB));
  EXPECT_EQ(uut.bytes(), 2 * MiB);
  // The next suspicion begins at the beginning.
  EXPECT_FALSE(uut.cut(2 * MiB));
}

TEST(size_limit, forgets_a_suspicion_when_a_body_of_that_size_passes) {
  size_limit uut{5 * MiB};
  EXPECT_FALSE(uut.cut(3 * MiB));
  uut.passed(10 * KiB);
  uut.passed(3 * MiB);
  EXPECT_FALSE(uut.cut(3 * MiB));
  EXPECT_FALSE(uut.cut(3 * MiB));
  EXPECT_EQ(uut.bytes(), 5 * MiB);
}

TEST(size_limit, never_suspects_a_body_of_a_mebibyte_or_less) {
  size_limit uut{5 * MiB};
  for (auto i = 0; i < 10; ++i) {
    EXPECT_FALSE(uut.cut(MiB));
    uut.passed(10);
  }
}

} // namespace bqs
