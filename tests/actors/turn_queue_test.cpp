#include "actors/turn_queue.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using lanes = std::vector<std::uint32_t>;

/// Each table may have a turn.
bool all(const std::string&, std::uint32_t) {
  return true;
}

lanes take_all(turn_queue& uut) {
  lanes result;
  while (auto x = uut.pop(all))
    result.push_back(*x);
  return result;
}

} // namespace

TEST(turn_queue, has_nobody_at_first) {
  turn_queue uut;
  EXPECT_EQ(uut.pop(all), std::nullopt);
  uut.erase("a", 1);
  EXPECT_EQ(uut.pop(all), std::nullopt);
}

TEST(turn_queue, goes_round_over_tables_and_over_their_lanes) {
  struct {
    std::vector<std::pair<std::string, std::uint32_t>> pushed;
    lanes want;
  } cases[] = {
    {{{"a", 1}}, {1}},
    {{{"a", 1}, {"b", 2}, {"c", 3}}, {1, 2, 3}},
    {{{"a", 1}, {"a", 2}, {"a", 3}}, {1, 2, 3}},
    {{{"a", 1}, {"a", 2}, {"a", 3}, {"b", 4}}, {1, 4, 2, 3}},
    {{{"a", 1}, {"a", 2}, {"b", 3}, {"b", 4}, {"c", 5}}, {1, 3, 5, 2, 4}},
    {{{"b", 1}, {"a", 2}, {"b", 3}, {"a", 4}}, {1, 2, 3, 4}},
    // In line already.
    {{{"a", 1}, {"b", 2}, {"a", 1}, {"a", 3}, {"b", 2}}, {1, 2, 3}},
  };
  for (auto& x : cases) {
    turn_queue uut;
    for (auto& [table, lane] : x.pushed)
      uut.push(table, lane);
    EXPECT_EQ(take_all(uut), x.want);
  }
}

TEST(turn_queue, gives_a_table_with_many_lanes_no_more_than_one_with_few) {
  turn_queue uut;
  for (std::uint32_t i = 100; i < 150; ++i)
    uut.push("wide", i);
  uut.push("narrow", 1);
  auto narrow = 0;
  for (auto i = 0; i < 40; ++i) {
    auto x = uut.pop(all);
    ASSERT_TRUE(x);
    if (*x == 1)
      ++narrow;
    uut.push(*x == 1 ? "narrow" : "wide", *x);
  }
  EXPECT_EQ(narrow, 20);
}

TEST(turn_queue, lets_nobody_wait_for_ever) {
  turn_queue uut;
  std::map<std::uint32_t, std::string> table_of;
  for (std::uint32_t i = 0; i < 30; ++i) {
    table_of[i] = std::string(1, static_cast<char>('a' + i % 7));
    uut.push(table_of[i], i);
  }
  std::map<std::uint32_t, int> turns;
  for (auto i = 0; i < 7 * 5 * 10; ++i) {
    auto x = uut.pop(all);
    ASSERT_TRUE(x);
    ++turns[*x];
    uut.push(table_of[*x], *x);
  }
  for (auto& [lane, n] : turns)
    EXPECT_GE(n, 10) << lane;
  EXPECT_EQ(turns.size(), 30u);
}

TEST(turn_queue, forgets_who_leaves_the_line) {
  turn_queue uut;
  uut.push("a", 1);
  uut.push("a", 2);
  uut.push("b", 3);
  uut.push("c", 4);
  uut.erase("a", 1);
  uut.erase("b", 3);
  uut.erase("c", 5); // not in line
  uut.erase("d", 4); // another table
  EXPECT_EQ(take_all(uut), (lanes{2, 4}));
  uut.push("b", 3);
  EXPECT_EQ(take_all(uut), (lanes{3}));
}

TEST(turn_queue, gives_one_turn_to_who_leaves_and_comes_back) {
  turn_queue uut;
  uut.push("a", 1);
  uut.push("b", 2);
  uut.erase("a", 1);
  uut.push("a", 1);
  uut.erase("a", 1);
  uut.push("a", 3);
  EXPECT_EQ(take_all(uut), (lanes{3, 2}));
  EXPECT_EQ(take_all(uut), lanes{});
}

TEST(turn_queue, gives_each_lane_in_line_exactly_one_turn) {
  std::minstd_rand dice{1};
  auto below = [&](std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>{0, n - 1}(dice);
  };
  turn_queue uut;
  std::set<std::uint32_t> in_line;
  for (auto i = 0; i < 20'000; ++i) {
    auto lane = below(40);
    auto table = std::to_string(lane % 6);
    switch (below(4)) {
      case 0:
      case 1:
        uut.push(table, lane);
        in_line.insert(lane);
        break;
      case 2:
        uut.erase(table, lane);
        in_line.erase(lane);
        break;
      default:
        auto x = uut.pop(all);
        EXPECT_EQ(x.has_value(), !in_line.empty());
        EXPECT_TRUE(!x || in_line.erase(*x) == 1);
    }
  }
  EXPECT_EQ(take_all(uut).size(), in_line.size());
}

} // namespace bqs
