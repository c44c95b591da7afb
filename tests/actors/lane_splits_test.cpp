#include "actors/lane.hpp"

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

// -- batches that are refused whole -------------------------------------------

namespace {

http::outcome too_large() {
  return refused(verdict::fail, cause::too_large, 413, false);
}

http::outcome nameless() {
  return refused(verdict::fail, cause::nameless, 400, false);
}

http::outcome cut_off() {
  auto result = unavailable();
  result.body_cut = true;
  return result;
}

http::outcome crashed() {
  return refused(verdict::retry, cause::crashed, 0, true);
}

bool has_row(const batch& x, std::uint32_t row) {
  for (auto& y : x.slices)
    if (y.rows.from <= row && row < y.rows.to)
      return true;
  return false;
}

/// Sends all that the lane has until it is empty. Returns how many requests
/// that took.
int serve(driver& uut, const std::function<http::outcome(const batch&)>& f) {
  for (auto n = 0; n < 100'000; ++n) {
    if (uut.uut.empty())
      return n;
    uut.wake();
    if (auto sent = uut.cut())
      uut.answer(sent, f(*sent));
  }
  ADD_FAILURE() << "no end";
  return -1;
}

/// A service that refuses each batch with one of these rows, and names none.
auto guilty(std::set<std::uint32_t> rows, const http::outcome& why) {
  return [rows = std::move(rows), why](const batch& x) {
    for (auto row : rows)
      if (has_row(x, row))
        return why;
    return stored();
  };
}

} // namespace

TEST(lane, splits_a_batch_that_is_too_large_down_to_the_guilty_row) {
  driver uut{eager()};
  uut.add(500);
  auto n = serve(uut, guilty({123}, too_large()));
  EXPECT_EQ(uut.news(),
            (strings{"1[0,123) stored x1", "1[123,124) too_large x1",
                     "1[124,500) stored x1"}));
  EXPECT_LE(n, 19); // two for each halving
}

TEST(lane, says_in_whose_words_a_row_is_too_large) {
  driver uut{eager()};
  uut.answer(uut.send(1), too_large());
  ASSERT_EQ(uut.decided.size(), 1u);
  EXPECT_EQ(uut.decided[0].why,
            (failure_reason{"too_large", "reason413: words", "", 413, false}));
}

TEST(lane, splits_to_the_end_whatever_that_takes_if_all_rows_are_too_large) {
  auto options = eager();
  options.retry.bisect_requests = 0;
  driver uut{options};
  uut.add(64);
  auto n = serve(uut, [](const batch&) { return too_large(); });
  EXPECT_EQ(uut.news(), strings{"1[0,64) too_large x1"});
  EXPECT_EQ(n, 127);
}

TEST(lane, sends_the_halves_before_anything_else_and_never_together) {
  driver uut{eager()};
  auto sent = uut.send(8);
  uut.add(5);
  uut.answer(sent, too_large());
  EXPECT_EQ(uut.uut.open_rows(), 13u);
  EXPECT_EQ(told(uut.cut()), strings{"1[0,4) x1"});
  EXPECT_EQ(told(uut.cut()), strings{"1[4,8) x1"});
  EXPECT_EQ(told(uut.cut()), strings{"2[0,5) x1"});
}

TEST(lane, splits_batches_of_many_blocks_in_the_middle) {
  driver uut{eager()};
  for (auto i = 0; i < 5; ++i)
    uut.add(3);
  uut.answer(uut.cut(), too_large());
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,3) x1", "2[0,3) x1", "3[0,1) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"3[1,3) x1", "4[0,3) x1", "5[0,3) x1"}));
}

TEST(lane, makes_smaller_batches_after_one_was_too_large) {
  auto options = eager();
  options.batch.max_rows = 10'000;
  driver uut{options};
  auto row = 1000 - around_row;
  auto sent = [&] {
    uut.add(1000, row);
    return uut.cut();
  }();
  ASSERT_EQ(sent->rows, 1000u);
  uut.answer(sent, too_large());
  uut.answer(uut.cut(), stored());
  uut.answer(uut.cut(), stored());
  uut.news();
  uut.add(1000, row);
  auto next = uut.cut();
  EXPECT_LT(next->rows, 520u);
  EXPECT_GT(next->rows, 480u);
  // A single row says nothing about how many would do.
  driver single{options};
  single.answer(single.send(1), too_large());
  single.add(1000, row);
  EXPECT_EQ(single.cut()->rows, 1000u);
}

TEST(lane, finds_the_rows_that_make_the_service_refuse_a_batch) {
  for (auto& rows :
       {std::set<std::uint32_t>{0}, {499}, {7, 8}, {1, 250, 498}}) {
    driver uut{eager()};
    uut.add(500);
    auto n = serve(uut, guilty(rows, nameless()));
    std::set<std::uint32_t> failed;
    for (auto& x : uut.decided)
      for (auto i = x.rows.from; i < x.rows.to; ++i)
        if (!x.stored)
          failed.insert(i);
    EXPECT_EQ(failed, rows);
    EXPECT_LE(n, 65);
    EXPECT_EQ(uut.decided.back().attempts, 1u);
  }
}

TEST(lane, fails_what_is_left_when_the_search_has_cost_enough) {
  auto options = eager();
  options.retry.bisect_requests = 4;
  driver uut{options};
  uut.add(64);
  auto n = serve(uut, guilty({0}, nameless()));
  // 64; 32, 32; 16, 16
  EXPECT_EQ(n, 5);
  EXPECT_EQ(uut.news(),
            (strings{"1[0,16) reason400 x1", "1[16,64) stored x1"}));
}

TEST(lane, does_not_search_if_it_must_not) {
  auto options = eager();
  options.retry.bisect_requests = 0;
  driver uut{options};
  uut.answer(uut.send(8), nameless());
  EXPECT_EQ(uut.news(), strings{"1[0,8) reason400 x1"});
}

TEST(lane, never_takes_apart_what_was_refused_for_its_table) {
  driver uut{eager()};
  uut.answer(uut.send(8), refused(verdict::fail, cause::rejected, 400, false));
  EXPECT_EQ(uut.news(), strings{"1[0,8) reason400 x1"});
}

TEST(lane, goes_on_with_a_part_after_an_outage) {
  driver uut{eager()};
  uut.add(64);
  auto n = 0;
  auto refuse = guilty({40}, nameless());
  serve(uut, [&](const batch& x) {
    return ++n % 2 == 0 ? unavailable() : refuse(x);
  });
  std::uint32_t stored_rows = 0;
  for (auto& x : uut.decided) {
    stored_rows += x.stored ? x.rows.size() : 0;
    if (!x.stored) {
      EXPECT_EQ(x.rows.from, 40u);
      EXPECT_EQ(x.rows.to, 41u);
    }
  }
  EXPECT_EQ(stored_rows, 63u);
}

TEST(lane, holds_a_part_to_the_same_limits) {
  auto options = eager();
  options.retry.max_attempts = 2;
  driver uut{options};
  uut.answer(uut.send(4), too_large());
  for (auto i = 0; i < 4; ++i) { // halves, then what is left of them
    uut.wake();
    uut.answer(uut.cut(), unavailable());
  }
  EXPECT_EQ(uut.news(), strings{"1[0,4) reason503 x2"});
  // Time is over for parts, too.
  driver other{eager()};
  other.answer(other.send(4), too_large());
  other.uut.abandon(other.decided);
  EXPECT_EQ(other.news(), strings{"1[0,4) shutdown x0"});
  EXPECT_TRUE(other.uut.empty());
}

TEST(lane, hands_the_search_on_to_its_successor) {
  auto options = eager();
  options.retry.bisect_requests = 2;
  driver uut{options};
  uut.answer(uut.send(8), nameless());
  auto half = uut.cut();
  driver next{options, 1};
  next.uut.adopt(half);
  // There is nothing left to spend.
  next.answer(half, nameless());
  EXPECT_EQ(next.news(), strings{"1[0,4) reason400 x1"});
}

// -- connections that break ---------------------------------------------------

namespace {

/// A batch of some 2 MB.
batch_ptr send_much(driver& uut) {
  uut.add(2000, 1000);
  return uut.cut();
}

} // namespace

TEST(lane, takes_a_connection_that_breaks_for_no_matter_of_size) {
  driver uut{eager()};
  uut.add(2000, 1000);
  for (auto i = 0; i < 5; ++i) {
    uut.wake();
    uut.answer(uut.cut(), cut_off());
  }
  uut.wake();
  uut.answer(uut.cut(), stored());
  EXPECT_EQ(told(uut.cut()).back(), "1[10,2000) x2");
}

TEST(lane, suspects_size_if_large_bodies_are_cut_while_small_ones_pass) {
  driver uut{eager()};
  uut.answer(send_much(uut), cut_off());
  uut.wake();
  uut.answer(uut.cut(), stored()); // the probe
  auto again = uut.cut();
  EXPECT_EQ(again->rows, 1990u);
  uut.answer(again, cut_off());
  uut.wake();
  uut.answer(uut.cut(), stored());
  EXPECT_LT(uut.cut()->rows, 1000u);
}

TEST(lane, never_fails_a_row_because_its_connection_broke) {
  driver uut{eager()};
  uut.add(1, 5u << 20);
  for (auto i = 0; i < 20; ++i) {
    uut.wake();
    uut.answer(uut.cut(), cut_off());
  }
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.open_rows(), 1u);
}

// -- http actors that crash ---------------------------------------------------

TEST(lane, halves_a_batch_over_which_two_http_actors_crashed) {
  auto options = eager();
  options.retry.probe_rows = 100;
  driver uut{options};
  uut.answer(uut.send(8), crashed());
  uut.wake();
  auto again = uut.cut();
  EXPECT_EQ(told(again), strings{"1[0,8) x2"});
  uut.answer(again, crashed());
  uut.wake();
  EXPECT_EQ(told(uut.cut()), strings{"1[0,4) x3"});
}

TEST(lane, finds_the_row_that_makes_http_actors_crash) {
  driver uut{eager()};
  uut.add(100);
  serve(uut, guilty({42}, crashed()));
  for (auto& x : uut.decided) {
    auto is_it = x.rows.from == 42 && x.rows.to == 43;
    EXPECT_EQ(x.stored, !is_it);
    EXPECT_EQ(x.why.reason, is_it ? "poisoned" : "");
    if (is_it) {
      EXPECT_TRUE(x.why.uncertain);
    }
  }
}

} // namespace bqs
