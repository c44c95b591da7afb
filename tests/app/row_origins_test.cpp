#include "app/row_origins.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

/// Rows on these lines of one input; each line has ten bytes.
origin_runs lines(const std::vector<std::uint64_t>& numbers,
                  std::uint32_t input = 0) {
  origin_runs result;
  for (auto x : numbers)
    result.add({input, x, (x - 1) * 10});
  return result;
}

/// Where unsettled rows may stand, as offsets.
std::vector<std::uint64_t> open(const row_origins& x) {
  std::vector<std::uint64_t> result;
  x.visit([&](const row_origin& y) { result.push_back(y.offset); });
  return result;
}

void expect_at(const row_origins& x, std::uint64_t row, std::uint32_t input,
               std::uint64_t line) {
  auto found = x.find(row);
  EXPECT_EQ(found.input, input) << row;
  EXPECT_EQ(found.line, line) << row;
}

TEST(row_origins, rows_are_numbered_and_found_again) {
  row_origins uut;
  EXPECT_EQ(uut.add(lines({1, 2, 5}), 30), 0u); // blank lines in between
  EXPECT_EQ(uut.add(lines({1, 2}, 1), 20), 3u);
  expect_at(uut, 0, 0, 1);
  expect_at(uut, 1, 0, 2);
  expect_at(uut, 2, 0, 5);
  expect_at(uut, 3, 1, 1);
  expect_at(uut, 4, 1, 2);
  EXPECT_EQ(uut.bytes(), 50u);
}

TEST(row_origins, consecutive_lines_cost_nothing) {
  origin_runs rows;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    rows.add({0, i + 1, i * 10});
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.find(99'999).line, 100'000u);
}

TEST(row_origins, what_goes_together_is_forgotten_together) {
  row_origins uut;
  uut.add(lines({1, 3}), 20);
  uut.add(lines({2, 4}), 20);
  uut.settle(2, 1);
  EXPECT_EQ(open(uut), (std::vector<std::uint64_t>{0, 20, 10, 30}));
  uut.settle(3, 1);
  EXPECT_EQ(open(uut), (std::vector<std::uint64_t>{0, 20}));
  EXPECT_EQ(uut.bytes(), 20u);
  uut.settle(0, 2);
  EXPECT_EQ(open(uut), std::vector<std::uint64_t>{});
  EXPECT_EQ(uut.bytes(), 0u);
  EXPECT_EQ(uut.size(), 0u);
  // Numbers go on all the same.
  EXPECT_EQ(uut.add(lines({5}), 10), 4u);
}

TEST(row_origins, pieces_may_settle_in_any_order) {
  constexpr std::uint64_t rows = 1000;
  row_origins uut;
  std::vector<std::uint64_t> truth;
  std::minstd_rand chance{1};
  for (std::uint64_t i = 0; i < rows; i += 10) {
    std::vector<std::uint64_t> together;
    for (auto k = 0; k < 10; ++k) {
      truth.push_back((truth.empty() ? 0 : truth.back()) + 1 + chance() % 2);
      together.push_back(truth.back());
    }
    uut.add(lines(together), 100);
  }
  std::vector<std::uint64_t> pieces;
  for (std::uint64_t i = 0; i < rows; i += 5)
    pieces.push_back(i);
  std::shuffle(pieces.begin(), pieces.end(), chance);
  for (auto first : pieces) {
    for (auto i = first; i < first + 5; ++i)
      expect_at(uut, i, 0, truth[i]);
    uut.settle(first, 5);
  }
  EXPECT_EQ(uut.size(), 0u);
}

TEST(row_origins, settling_nothing_changes_nothing) {
  row_origins uut;
  uut.settle(0, 0);
  uut.settle(0, 7);
  EXPECT_EQ(uut.add({}, 0), 0u);
  uut.add(lines({1}), 10);
  uut.settle(0, 0);
  expect_at(uut, 0, 0, 1);
}

} // namespace
