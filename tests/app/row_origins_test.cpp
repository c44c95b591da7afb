#include "app/row_origins.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(row_origins, rows_are_numbered_and_found_again) {
  row_origins uut;
  EXPECT_EQ(uut.add({0, 1}), 0u);
  EXPECT_EQ(uut.add({0, 2}), 1u);
  EXPECT_EQ(uut.add({0, 5}), 2u); // blank lines in between
  EXPECT_EQ(uut.add({1, 1}), 3u);
  EXPECT_EQ(uut.add({1, 2}), 4u);
  EXPECT_EQ(uut.find(0), (row_origin{0, 1}));
  EXPECT_EQ(uut.find(1), (row_origin{0, 2}));
  EXPECT_EQ(uut.find(2), (row_origin{0, 5}));
  EXPECT_EQ(uut.find(3), (row_origin{1, 1}));
  EXPECT_EQ(uut.find(4), (row_origin{1, 2}));
}

TEST(row_origins, consecutive_lines_cost_nothing) {
  row_origins uut;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    uut.add({0, i + 1});
  EXPECT_EQ(uut.size(), 1u);
  EXPECT_EQ(uut.find(99'999), (row_origin{0, 100'000}));
}

TEST(row_origins, memory_grows_with_unsettled_rows_only) {
  row_origins uut;
  // Every other line blank, settled in pairs of swapped pieces.
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    auto row = uut.add({0, 2 * i + 1});
    if (row % 200 == 199) {
      EXPECT_EQ(uut.find(row - 150), (row_origin{0, 2 * (row - 150) + 1}));
      uut.settle(row - 99, 100);
      uut.settle(row - 199, 100);
    }
    most = std::max(most, uut.size());
  }
  EXPECT_LE(most, 202u);
  EXPECT_LE(uut.size(), 2u);
}

TEST(row_origins, pieces_may_settle_in_any_order) {
  constexpr std::uint64_t rows = 1000;
  row_origins uut;
  std::vector<row_origin> truth;
  std::minstd_rand chance{1};
  for (std::uint64_t i = 0; i < rows; ++i) {
    auto line = (truth.empty() ? 0 : truth.back().line) + 1 + chance() % 2;
    truth.push_back({0, line});
    uut.add(truth.back());
  }
  std::vector<std::uint64_t> pieces;
  for (std::uint64_t i = 0; i < rows; i += 10)
    pieces.push_back(i);
  std::shuffle(pieces.begin(), pieces.end(), chance);
  for (auto first : pieces) {
    for (auto i = first; i < first + 10; ++i)
      EXPECT_EQ(uut.find(i), truth[i]);
    uut.settle(first, 10);
  }
  EXPECT_LE(uut.size(), 1u);
}

TEST(row_origins, settling_nothing_changes_nothing) {
  row_origins uut;
  uut.add({0, 1});
  uut.settle(0, 0);
  EXPECT_EQ(uut.find(0), (row_origin{0, 1}));
}

} // namespace
