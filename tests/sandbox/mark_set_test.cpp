#include "sandbox/mark_set.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(mark_set, holds_each_mark_once) {
  mark_set uut;
  EXPECT_TRUE(uut.insert({1, 2}));
  EXPECT_FALSE(uut.insert({1, 2}));
  EXPECT_TRUE(uut.insert({1, 3}));
  EXPECT_TRUE(uut.insert({0, 1}));
  EXPECT_EQ(uut.size(), 3u);
}

TEST(mark_set, forgets_what_is_erased) {
  mark_set uut;
  uut.insert({1, 2});
  uut.erase({1, 2});
  uut.erase({7, 7});
  EXPECT_EQ(uut.size(), 0u);
  EXPECT_TRUE(uut.insert({1, 2}));
}

TEST(mark_set, closes_holes_in_a_run_that_wraps_around) {
  mark_set uut;
  // All want the last slot of the first table.
  constexpr std::uint64_t last = 1'023;
  for (std::uint64_t i = 1; i <= 10; ++i)
    uut.insert({last, i});
  uut.insert({0, 99});
  for (std::uint64_t i = 1; i <= 10; i += 2)
    uut.erase({last, i});
  for (std::uint64_t i = 1; i <= 10; ++i)
    EXPECT_EQ(uut.insert({last, i}), i % 2 == 1) << i;
  EXPECT_FALSE(uut.insert({0, 99}));
}

TEST(mark_set, does_as_a_plain_set) {
  std::mt19937 dice{3};
  mark_set uut;
  std::set<std::pair<std::uint64_t, std::uint64_t>> plain;
  for (auto i = 0; i < 200'000; ++i) {
    // Homes that are close together, so that runs are long.
    mark x{dice() % 3'000 * 7, 1 + dice() % 3};
    if (dice() % 2 == 0) {
      ASSERT_EQ(uut.insert(x), plain.emplace(x.first, x.second).second);
    } else {
      uut.erase(x);
      plain.erase({x.first, x.second});
    }
    ASSERT_EQ(uut.size(), plain.size());
  }
}

} // namespace
