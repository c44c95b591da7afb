#include "actors/lane.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

// -- successors ---------------------------------------------------------------

TEST(lane, numbers_batches_apart_from_those_of_other_generations) {
  std::set<std::uint64_t> numbers;
  auto options = eager();
  options.batch.max_rows = 1;
  for (std::uint32_t generation : {0u, 1u, 2u, 1000u, UINT32_MAX}) {
    driver uut{options, generation};
    uut.add(100);
    std::uint64_t last = 0;
    while (auto sent = uut.cut()) {
      EXPECT_GT(sent->number, last);
      last = sent->number;
      EXPECT_TRUE(numbers.insert(last).second);
    }
  }
  EXPECT_EQ(numbers.size(), 500u);
  EXPECT_FALSE(numbers.contains(0));
}

TEST(lane, does_not_open_rows_that_its_predecessor_has_in_flight) {
  auto options = eager();
  options.batch.max_rows = 3;
  driver before{options, 0};
  auto source = before.add(10);
  auto first = before.cut();
  auto second = before.cut();

  driver uut{options, 1};
  uut.uut.adopt(first);
  uut.uut.adopt(second);
  EXPECT_FALSE(uut.uut.empty());
  EXPECT_EQ(uut.uut.in_flight(), 2u);
  uut.uut.add(source, {0, 10}, t0);
  EXPECT_EQ(uut.uut.open_rows(), 4u);
  EXPECT_EQ(told(uut.cut()), (strings{"1[6,9) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"1[9,10) x1"}));
  uut.answer(second, stored());
  EXPECT_EQ(uut.news(), (strings{"1[3,6) stored x1"}));
  uut.answer(first, unavailable());
  uut.answer(first, stored());
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.state().state, table_state::unavailable);
  EXPECT_EQ(uut.uut.open_rows(), 3u);
}

TEST(lane, opens_all_but_the_rows_in_flight) {
  struct {
    std::vector<row_range> flying;
    std::vector<row_range> added;
    strings want;
  } cases[] = {
    {{{0, 10}}, {{0, 10}}, {}},
    {{{0, 4}}, {{0, 10}}, {"1[4,10) x1"}},
    {{{6, 10}}, {{0, 10}}, {"1[0,6) x1"}},
    {{{2, 4}, {6, 8}}, {{0, 10}}, {"1[0,2) x1", "1[4,6) x1", "1[8,10) x1"}},
    {{{2, 4}, {6, 8}}, {{2, 4}, {6, 10}}, {"1[8,10) x1"}},
    {{{2, 4}, {6, 8}}, {{3, 7}}, {"1[4,6) x1"}},
    // Rows in flight behind those that are added.
    {{{0, 2}, {5, 6}, {8, 9}}, {{2, 5}}, {"1[2,5) x1"}},
    {{{0, 2}, {5, 6}, {8, 9}}, {{2, 4}}, {"1[2,4) x1"}},
    {{{5, 6}, {8, 9}}, {{0, 1}}, {"1[0,1) x1"}},
    {{{0, 5}, {7, 8}}, {{0, 3}}, {}},
    {{{0, 5}, {7, 8}}, {{0, 3}, {6, 7}}, {"1[6,7) x1"}},
  };
  for (auto& x : cases) {
    driver uut{eager(), 1};
    auto source = make_block(1, 10);
    std::uint64_t number = 0;
    for (auto& rows : x.flying) {
      auto flying = std::make_shared<batch>();
      flying->number = ++number;
      flying->slices.push_back({source, rows, t0, 1, false});
      flying->rows = rows.size();
      uut.uut.adopt(flying);
    }
    // A block of another number is another matter.
    uut.uut.add(make_block(2, 1), {0, 1}, t0);
    for (auto& rows : x.added)
      uut.uut.add(source, rows, t0);
    auto want = x.want;
    want.insert(want.begin(), "2[0,1) x1");
    EXPECT_EQ(told(uut.cut()), want);
  }
}

TEST(lane, does_not_open_rows_whose_late_answer_came_before_they_were_added) {
  http::outcome answers[] = {stored(), unavailable(), bad_token(),
                             partial({bad(1, row_verdict::later, "timeout")})};
  for (auto& x : answers) {
    driver before{eager(), 0};
    auto source = before.add(4);
    auto flying = before.cut();

    driver uut{eager(), 1};
    uut.uut.adopt(flying);
    uut.answer(flying, x);
    // Whoever adds them does not know yet what was decided.
    uut.uut.add(source, {0, 4}, t0);
    for (auto i = 0; i < 3; ++i) {
      uut.wake();
      if (auto sent = uut.cut())
        uut.answer(sent, stored());
    }
    std::uint32_t rows = 0;
    for (auto& y : uut.decided)
      rows += y.rows.size();
    EXPECT_EQ(rows, 4u);
    EXPECT_TRUE(uut.uut.empty());
  }
}

TEST(lane, counts_the_tries_of_a_predecessor_for_rows_in_flight) {
  auto options = eager();
  options.retry.max_attempts = 2;
  driver before{options, 0};
  auto source = before.add(2);
  before.answer(before.cut(), unavailable());
  before.wake();
  auto flying = before.cut();
  driver uut{options, 1};
  uut.uut.adopt(flying);
  uut.uut.add(source, {0, 2}, t0);
  uut.answer(flying, unavailable());
  EXPECT_EQ(uut.news(), (strings{"1[0,2) reason503 x2"}));
}

} // namespace bqs
