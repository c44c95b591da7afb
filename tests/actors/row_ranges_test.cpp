#include "actors/row_ranges.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using ranges = std::vector<row_range>;

/// Returns the rows of `xs` in ascending order as few ranges.
ranges cut(const std::set<std::uint32_t>& xs) {
  ranges result;
  for (auto x : xs)
    if (!result.empty() && result.back().to == x)
      ++result.back().to;
    else
      result.push_back({x, x + 1});
  return result;
}

} // namespace

void PrintTo(const row_range& x, std::ostream* out) {
  *out << '[' << x.from << ',' << x.to << ')';
}

TEST(row_ranges, tells_which_rows_are_new) {
  struct {
    ranges before;
    row_range added;
    ranges want;
    ranges missing; // below 20, afterwards
  } cases[] = {
    {{}, {0, 5}, {{0, 5}}, {{5, 20}}},
    {{}, {3, 3}, {}, {{0, 20}}},
    {{}, {5, 3}, {}, {{0, 20}}},
    {{}, {0, 20}, {{0, 20}}, {}},
    {{{5, 10}}, {5, 10}, {}, {{0, 5}, {10, 20}}},
    {{{5, 10}}, {6, 9}, {}, {{0, 5}, {10, 20}}},
    {{{5, 10}}, {0, 5}, {{0, 5}}, {{10, 20}}},
    {{{5, 10}}, {10, 15}, {{10, 15}}, {{0, 5}, {15, 20}}},
    {{{5, 10}}, {0, 4}, {{0, 4}}, {{4, 5}, {10, 20}}},
    {{{5, 10}}, {0, 7}, {{0, 5}}, {{10, 20}}},
    {{{5, 10}}, {7, 20}, {{10, 20}}, {{0, 5}}},
    {{{5, 10}}, {0, 20}, {{0, 5}, {10, 20}}, {}},
    {{{0, 2}, {4, 6}, {8, 10}}, {1, 9}, {{2, 4}, {6, 8}}, {{10, 20}}},
    {{{0, 2}, {4, 6}, {8, 10}}, {2, 4}, {{2, 4}}, {{6, 8}, {10, 20}}},
    {{{0, 2}, {4, 6}, {8, 10}},
     {3, 7},
     {{3, 4}, {6, 7}},
     {{2, 3}, {7, 8}, {10, 20}}},
    {{{8, 10}, {0, 2}}, {4, 6}, {{4, 6}}, {{2, 4}, {6, 8}, {10, 20}}},
  };
  for (auto& x : cases) {
    row_ranges uut;
    std::uint32_t size = 0;
    for (auto& y : x.before) {
      uut.add(y);
      size += y.size();
    }
    EXPECT_EQ(uut.add(x.added), x.want);
    for (auto& y : x.want)
      size += y.size();
    EXPECT_EQ(uut.size(), size);
    EXPECT_EQ(uut.missing(20), x.missing);
    EXPECT_EQ(uut.add(x.added), ranges{}); // a second time
  }
}

TEST(row_ranges, tells_what_is_missing_below_any_row) {
  row_ranges uut;
  EXPECT_EQ(uut.missing(0), ranges{});
  EXPECT_EQ(uut.missing(3), (ranges{{0, 3}}));
  uut.add({2, 4});
  uut.add({6, 8});
  uut.add({10, 12});
  struct {
    std::uint32_t rows;
    ranges want;
  } cases[] = {
    {0, {}},
    {1, {{0, 1}}},
    {2, {{0, 2}}},
    {3, {{0, 2}}},
    {4, {{0, 2}}},
    {5, {{0, 2}, {4, 5}}},
    {6, {{0, 2}, {4, 6}}},
    {7, {{0, 2}, {4, 6}}},
    {9, {{0, 2}, {4, 6}, {8, 9}}},
    {12, {{0, 2}, {4, 6}, {8, 10}}},
    {13, {{0, 2}, {4, 6}, {8, 10}, {12, 13}}},
  };
  for (auto& x : cases)
    EXPECT_EQ(uut.missing(x.rows), x.want) << x.rows;
}

TEST(row_ranges, reaches_to_the_last_number) {
  row_ranges uut;
  EXPECT_EQ(uut.add({UINT32_MAX - 1, UINT32_MAX}).size(), 1u);
  EXPECT_EQ(uut.missing(UINT32_MAX), (ranges{{0, UINT32_MAX - 1}}));
  EXPECT_EQ(uut.add({0, UINT32_MAX}), (ranges{{0, UINT32_MAX - 1}}));
  EXPECT_EQ(uut.size(), UINT32_MAX);
  EXPECT_EQ(uut.missing(UINT32_MAX), ranges{});
}

TEST(row_ranges, is_a_set) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::minstd_rand dice{seed};
    auto below = [&](std::uint32_t n) {
      return std::uniform_int_distribution<std::uint32_t>{0, n - 1}(dice);
    };
    auto most = 1 + below(200);
    auto longest = 1 + below(20);
    row_ranges uut;
    std::set<std::uint32_t> model;
    for (auto i = 0; i < 100; ++i) {
      auto from = below(most);
      row_range added{from, from + below(longest)};
      std::set<std::uint32_t> fresh;
      for (auto row = added.from; row < added.to; ++row)
        if (model.insert(row).second)
          fresh.insert(row);
      EXPECT_EQ(uut.add(added), cut(fresh));
      EXPECT_EQ(uut.size(), model.size());
      auto end = below(most + longest);
      std::set<std::uint32_t> missing;
      for (std::uint32_t row = 0; row < end; ++row)
        if (!model.contains(row))
          missing.insert(row);
      EXPECT_EQ(uut.missing(end), cut(missing));
    }
    if (testing::Test::HasFailure())
      FAIL() << "with seed " << seed;
  }
}

} // namespace bqs
