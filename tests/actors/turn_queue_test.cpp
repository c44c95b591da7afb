#include "actors/turn_queue.hpp"

#include <algorithm>
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

using answer = turn_queue::answer;

/// Each table may have a turn.
answer all(const std::string&, std::uint32_t) {
  return answer::yes;
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
      uut.push(table, lane, "p");
    EXPECT_EQ(take_all(uut), x.want);
  }
}

TEST(turn_queue, gives_a_table_with_many_lanes_no_more_than_one_with_few) {
  turn_queue uut;
  for (std::uint32_t i = 100; i < 150; ++i)
    uut.push("wide", i, "p");
  uut.push("narrow", 1, "p");
  auto narrow = 0;
  for (auto i = 0; i < 40; ++i) {
    auto x = uut.pop(all);
    ASSERT_TRUE(x);
    if (*x == 1)
      ++narrow;
    uut.push(*x == 1 ? "narrow" : "wide", *x, "p");
  }
  EXPECT_EQ(narrow, 20);
}

TEST(turn_queue, lets_nobody_wait_for_ever) {
  turn_queue uut;
  std::map<std::uint32_t, std::string> table_of;
  for (std::uint32_t i = 0; i < 30; ++i) {
    table_of[i] = std::string(1, static_cast<char>('a' + i % 7));
    uut.push(table_of[i], i, "p");
  }
  std::map<std::uint32_t, int> turns;
  for (auto i = 0; i < 7 * 5 * 10; ++i) {
    auto x = uut.pop(all);
    ASSERT_TRUE(x);
    ++turns[*x];
    uut.push(table_of[*x], *x, "p");
  }
  for (auto& [lane, n] : turns)
    EXPECT_GE(n, 10) << lane;
  EXPECT_EQ(turns.size(), 30u);
}

TEST(turn_queue, forgets_who_leaves_the_line) {
  turn_queue uut;
  uut.push("a", 1, "p");
  uut.push("a", 2, "p");
  uut.push("b", 3, "p");
  uut.push("c", 4, "p");
  uut.erase("a", 1);
  uut.erase("b", 3);
  uut.erase("c", 5); // not in line
  uut.erase("d", 4); // another table
  EXPECT_EQ(take_all(uut), (lanes{2, 4}));
  uut.push("b", 3, "p");
  EXPECT_EQ(take_all(uut), (lanes{3}));
}

TEST(turn_queue, gives_one_turn_to_who_leaves_and_comes_back) {
  turn_queue uut;
  uut.push("a", 1, "p");
  uut.push("b", 2, "p");
  uut.erase("a", 1);
  uut.push("a", 1, "p");
  uut.erase("a", 1);
  uut.push("a", 3, "p");
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
        uut.push(table, lane, "p");
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

TEST(turn_queue, passes_over_a_project_that_waits) {
  turn_queue uut;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    uut.push("slow." + std::to_string(i), i, "slow");
  for (std::uint32_t i = 10'000; i < 10'003; ++i)
    uut.push("fast." + std::to_string(i), i, "fast");
  auto asked = 0;
  auto may = [&](const std::string& table, std::uint32_t) {
    ++asked;
    return table.starts_with("fast") ? answer::yes
                                     : answer::none_of_its_project;
  };
  for (std::uint32_t i = 10'000; i < 10'003; ++i)
    EXPECT_EQ(uut.pop(may), i);
  EXPECT_EQ(uut.pop(may), std::nullopt);
  EXPECT_EQ(asked, 3 * 2 + 1);
  for (std::uint32_t i = 0; i < 10'000; ++i)
    ASSERT_EQ(uut.pop(all), i);
}

TEST(turn_queue, has_one_order_over_all_projects) {
  std::minstd_rand dice{1};
  auto below = [&](std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>{0, n - 1}(dice);
  };
  auto table_of = [](std::uint32_t lane) { return lane % 12; };
  turn_queue uut;
  // Each table in line with its lanes; one without any keeps its place until
  // somebody looks at it.
  std::vector<std::pair<std::uint32_t, lanes>> model;
  auto find = [&](std::uint32_t table) {
    return std::ranges::find(model, table, [](auto& x) { return x.first; });
  };
  for (auto i = 0; i < 50'000; ++i) {
    auto lane = below(30);
    auto table = table_of(lane);
    auto name = std::to_string(table);
    auto at = find(table);
    switch (below(4)) {
      case 0:
      case 1:
        uut.push(name, lane, std::to_string(table % 4));
        if (at == model.end())
          model.push_back({table, {lane}});
        else if (std::ranges::find(at->second, lane) == at->second.end())
          at->second.push_back(lane);
        break;
      case 2:
        uut.erase(name, lane);
        if (at != model.end())
          std::erase(at->second, lane);
        break;
      default:
        auto tables = below(1u << 12);
        auto projects = below(1u << 4);
        auto may = [&](const std::string& x, std::uint32_t y) {
          auto n = table_of(y);
          EXPECT_EQ(x, std::to_string(n));
          if ((projects >> n % 4 & 1) == 0)
            return answer::none_of_its_project;
          return (tables >> n & 1) == 0 ? answer::no : answer::yes;
        };
        std::optional<std::uint32_t> want;
        std::set<std::uint32_t> waiting; // projects
        for (auto j = model.begin(); !want && j != model.end();) {
          auto project = j->first % 4;
          if (waiting.contains(project)) {
            ++j;
            continue;
          }
          if (j->second.empty()) {
            j = model.erase(j);
            continue;
          }
          if ((projects >> project & 1) == 0)
            waiting.insert(project);
          if (waiting.contains(project) || (tables >> j->first & 1) == 0) {
            ++j;
            continue;
          }
          want = j->second.front();
          auto x = *j;
          model.erase(j);
          x.second.erase(x.second.begin());
          if (!x.second.empty())
            model.push_back(x);
          break;
        }
        EXPECT_EQ(uut.pop(may), want);
    }
  }
}

} // namespace bqs
