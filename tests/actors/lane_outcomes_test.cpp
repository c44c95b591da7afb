#include "actors/lane.hpp"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

// -- outcomes of whole batches ------------------------------------------------

TEST(lane, decides_the_rows_of_a_batch_by_its_outcome) {
  using state = table_state;
  struct {
    verdict what;
    cause why;
    bool uncertain;
    strings want;
    strings then; // as they are sent again
    state want_state;
  } cases[] = {
    {verdict::stored, cause::none, false, {"1[0,3) stored x1"}, {}, state::ok},
    {verdict::fail,
     cause::rejected,
     false,
     {"1[0,3) reason400 x1"},
     {},
     state::ok},
    {verdict::retry,
     cause::throttled,
     false,
     {},
     {"1[0,3) x2"},
     state::throttled},
    {verdict::retry,
     cause::unavailable,
     false,
     {},
     {"1[0,3) x2"},
     state::unavailable},
    {verdict::retry,
     cause::unavailable,
     true,
     {},
     {"1[0,3) x2"},
     state::unavailable},
    {verdict::retry, cause::missing, false, {}, {"1[0,3) x2"}, state::missing},
    {verdict::retry,
     cause::forbidden,
     false,
     {},
     {"1[0,3) x2"},
     state::unauthorized},
    {verdict::retry, cause::none, false, {}, {"1[0,3) x2"}, state::unavailable},
    // The first 401 is nobody's fault: the token was stale.
    {verdict::retry, cause::bad_token, false, {}, {"1[0,3) x1"}, state::ok},
  };
  for (auto& x : cases) {
    driver uut{eager()};
    auto sent = uut.send(3);
    auto status = x.what == verdict::stored ? 200 : 400;
    uut.answer(sent, refused(x.what, x.why, status, x.uncertain));
    EXPECT_EQ(uut.news(), x.want);
    EXPECT_EQ(uut.uut.in_flight(), 0u);
    EXPECT_EQ(uut.uut.open_rows(), x.then.empty() ? 0u : 3u);
    EXPECT_EQ(uut.uut.state().state, x.want_state);
    EXPECT_EQ(uut.uut.state().reason.empty(), x.want_state == state::ok);
    EXPECT_EQ(next_rows(uut), x.then);
    EXPECT_EQ(uut.uut.empty(), x.then.empty());
  }
}

TEST(lane, innocent_rows_of_a_partial_answer_stay_together) {
  driver uut{eager()};
  std::vector<http::row_error> rows;
  for (std::uint32_t i = 0; i < 100; ++i)
    if (i == 20 || i == 60)
      rows.push_back(bad(i, row_verdict::fail, "invalid"));
    else
      rows.push_back(bad(i, row_verdict::again, "stopped"));
  uut.answer(uut.send(100), partial(std::move(rows)));
  EXPECT_EQ(uut.decided.size(), 2u);
  uut.decided.clear();
  auto next = uut.cut();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->rows, 98u);
  EXPECT_EQ(next->slices.size(), 3u);
  uut.answer(next, stored());
  EXPECT_EQ(uut.decided.size(), 3u);
}

TEST(lane, rows_that_waited_one_by_one_are_stored_together) {
  driver uut{eager()};
  std::vector<http::row_error> rows;
  for (std::uint32_t i = 0; i < 100; ++i)
    rows.push_back(bad(i, row_verdict::later, "timeout"));
  uut.answer(uut.send(100), partial(std::move(rows)));
  uut.wake();
  auto next = uut.cut();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->rows, 100u);
  uut.answer(next, stored());
  EXPECT_EQ(uut.decided.size(), 1u);
}

TEST(lane, passes_on_the_words_of_the_service) {
  driver uut{eager()};
  auto answer = refused(verdict::fail, cause::rejected, 400, false);
  answer.location = "q";
  uut.answer(uut.send(2), answer);
  ASSERT_EQ(uut.decided.size(), 1u);
  EXPECT_EQ(uut.decided[0].why,
            (failure_reason{"reason400", "words", "q", 400, false}));
}

TEST(lane, shows_the_words_of_the_service_in_its_state) {
  driver uut{eager()};
  uut.answer(uut.send(2),
             refused(verdict::retry, cause::forbidden, 403, false));
  EXPECT_EQ(uut.uut.state(),
            (lane::condition{table_state::unauthorized, "reason403: words"}));
  uut.wake();
  uut.answer(uut.cut(), stored());
  EXPECT_EQ(uut.uut.state(), lane::condition{});
}

TEST(lane, is_fine_again_after_any_answer_that_is_not_a_refusal_of_all) {
  http::outcome answers[] = {
    stored(),
    partial({bad(0, row_verdict::fail, "invalid")}),
    partial({bad(0, row_verdict::later, "timeout")}),
    refused(verdict::fail, cause::rejected, 400, false),
  };
  for (auto& x : answers) {
    driver uut{eager()};
    uut.answer(uut.send(2), unavailable());
    EXPECT_EQ(uut.uut.state().state, table_state::unavailable);
    uut.wake();
    uut.answer(uut.cut(), x);
    EXPECT_EQ(uut.uut.state(), lane::condition{});
  }
}

TEST(lane, ends_each_batch_once) {
  driver uut{eager()};
  auto sent = uut.send(3);
  uut.answer(sent, stored());
  EXPECT_EQ(uut.news().size(), 1u);
  uut.answer(sent, stored());
  uut.answer(sent, unavailable());
  uut.answer(sent, refused(verdict::fail, cause::rejected, 400, false));
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  EXPECT_TRUE(uut.uut.empty());
}

TEST(lane, ignores_answers_to_batches_that_it_does_not_know) {
  driver uut{eager()};
  auto sent = uut.send(3);
  uut.settle({sent->number + 1, stored(), {}, 3});
  uut.settle({0, unavailable(), {}, 3});
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  EXPECT_EQ(uut.uut.in_flight(sent->number), sent);
  EXPECT_EQ(uut.uut.in_flight(sent->number + 1), nullptr);
}

// -- outcomes of rows ---------------------------------------------------------

TEST(lane, decides_each_row_of_a_partial_answer_by_itself) {
  driver uut{eager()};
  auto sent = uut.send(3);
  uut.add(4);
  auto second = uut.cut();
  uut.answer(second, partial({bad(1, row_verdict::fail, "invalid"),
                              bad(3, row_verdict::fail, "other")}));
  EXPECT_EQ(uut.news(), (strings{"2[0,1) stored x1", "2[1,2) invalid x1",
                                 "2[2,3) stored x1", "2[3,4) other x1"}));
  uut.answer(sent, partial({bad(0, row_verdict::fail, "invalid"),
                            bad(1, row_verdict::fail, "invalid"),
                            bad(2, row_verdict::fail, "invalid")}));
  ASSERT_EQ(uut.decided.size(), 3u);
  EXPECT_EQ(uut.decided[0].why,
            (failure_reason{"invalid", "words", "a.b", 200, false}));
  EXPECT_EQ(uut.news(), (strings{"1[0,3) invalid x1"}));
  EXPECT_TRUE(uut.uut.empty());
}

TEST(lane, sends_stopped_rows_again_at_once_ahead_of_newer_ones) {
  driver uut{table_options{}};
  uut.add(500);
  auto sent = uut.cut();
  uut.add(2);
  std::vector<http::row_error> rows;
  for (std::uint32_t i = 0; i < 500; ++i)
    rows.push_back(i == 7 ? bad(i, row_verdict::fail, "invalid")
                          : bad(i, row_verdict::again, "stopped"));
  uut.answer(sent, partial(rows));
  EXPECT_EQ(uut.news(), (strings{"1[7,8) invalid x1"}));
  EXPECT_TRUE(uut.uut.ready(uut.now));
  EXPECT_EQ(told(uut.cut()),
            (strings{"1[0,7) x1", "1[8,500) x1", "2[0,2) x1"}));
}

TEST(lane, never_loses_a_stopped_row_however_few_tries_it_has) {
  for (std::uint32_t most : {0u, 1u, 2u}) {
    auto options = eager();
    options.retry.max_attempts = most;
    options.retry.max_age = 0ms;
    driver uut{options};
    constexpr std::uint32_t rows = 10;
    auto sent = uut.send(rows);
    // Each try finds one guilty row and stops the others.
    for (auto left = rows; left > 1; --left) {
      ASSERT_EQ(sent->rows, left);
      std::vector<http::row_error> errors;
      for (std::uint32_t i = 1; i < left; ++i)
        errors.push_back(bad(i, row_verdict::again, "stopped"));
      errors.insert(errors.begin(), bad(0, row_verdict::fail, "invalid"));
      uut.answer(sent, partial(errors));
      uut.now += 1h;
      sent = uut.cut();
      ASSERT_TRUE(sent);
    }
    uut.answer(sent, stored());
    EXPECT_EQ(uut.news(), (strings{"1[0,9) invalid x1", "1[9,10) stored x1"}));
  }
}

TEST(lane, makes_rows_that_were_sent_ready_without_a_threshold) {
  struct {
    http::outcome what;
    std::uint32_t unsent_from;
    std::chrono::nanoseconds wait;
    strings want;
  } cases[] = {
    {partial({bad(1, row_verdict::again, "stopped")}), 3, 0s, {"1[1,2) x1"}},
    {partial({bad(1, row_verdict::later, "timeout")}), 3, 250ms, {"1[1,2) x2"}},
    {stored(), 2, 0s, {"1[2,3) x1"}},
    {bad_token(), 3, 0s, {"1[0,3) x1"}},
    {unavailable(), 3, 250ms, {"1[0,3) x2"}},
  };
  for (auto& x : cases) {
    table_options options;
    options.batch.age = 1h;
    driver uut{options};
    uut.add(3);
    uut.uut.flush();
    auto sent = uut.cut();
    ASSERT_TRUE(sent);
    uut.settle({sent->number, x.what, {}, x.unsent_from});
    EXPECT_EQ(uut.wake(), x.wait);
    EXPECT_EQ(told(uut.cut()), x.want);
    // They hurry no others.
    uut.add(1);
    EXPECT_EQ(uut.uut.wake_at(uut.now), x.what.cause == cause::unavailable
                                          ? uut.now + options.retry.max_age
                                          : uut.now + 1h);
  }
}

TEST(lane, lets_rows_with_a_transient_reason_wait_alone) {
  driver uut{eager()};
  auto sent = uut.send(4);
  uut.answer(sent, partial({bad(1, row_verdict::later, "timeout"),
                            bad(2, row_verdict::again, "stopped")}));
  EXPECT_EQ(uut.news(), (strings{"1[0,1) stored x1", "1[3,4) stored x1"}));
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  EXPECT_EQ(told(uut.cut()), (strings{"1[2,3) x1"}));
  EXPECT_EQ(uut.uut.wake_at(uut.now), uut.now + 250ms); // half of 500 ms
  EXPECT_EQ(told(uut.send(2)), (strings{"2[0,2) x1"}));
  uut.now += 250ms;
  uut.add(1);
  EXPECT_EQ(told(uut.cut()), (strings{"1[1,2) x2", "3[0,1) x1"}));
  EXPECT_EQ(uut.uut.in_flight(), 3u);
}

TEST(lane, lets_rows_with_a_transient_reason_wait_longer_each_time) {
  driver uut{eager()};
  uut.add(1);
  for (auto want :
       {250ms, 500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 16'000ms}) {
    auto sent = uut.cut();
    ASSERT_TRUE(sent);
    uut.answer(sent, partial({bad(0, row_verdict::later, "timeout")}));
    EXPECT_FALSE(uut.uut.empty());
    EXPECT_EQ(uut.wake(), want);
  }
}

TEST(lane, gives_up_rows_with_a_transient_reason_at_their_last_try) {
  struct {
    std::uint32_t max_attempts;
    std::chrono::milliseconds max_age;
    std::uint32_t want;
  } cases[] = {
    {0, 24h, 1}, {1, 24h, 1}, {2, 24h, 2}, {5, 24h, 5}, {5, 0ms, 1},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.retry.max_attempts = x.max_attempts;
    options.retry.max_age = x.max_age;
    driver uut{options};
    uut.add(1);
    std::uint32_t tries = 0;
    while (auto sent = uut.cut()) {
      ++tries;
      uut.answer(sent, partial({bad(0, row_verdict::later, "timeout")}));
      uut.wake();
    }
    EXPECT_EQ(tries, x.want);
    EXPECT_EQ(uut.news(),
              (strings{"1[0,1) timeout x" + std::to_string(x.want)}));
    EXPECT_TRUE(uut.uut.empty());
  }
}

TEST(lane, fails_rows_that_are_bad_by_themselves_and_judges_the_others) {
  driver uut{eager()};
  uut.add(3);
  uut.add(4);
  auto sent = uut.cut();
  // In the body: 1:0, 1:1, 2:0, 2:2, 2:3.
  uut.settle({sent->number,
              partial({bad(1, row_verdict::fail, "invalid"),
                       bad(3, row_verdict::again, "stopped"),
                       bad(6, row_verdict::fail, "other")}),
              {{2, "malformed", "not JSON"}, {4, "too_large", "large"}},
              7});
  ASSERT_FALSE(uut.decided.empty());
  auto i = std::ranges::find(uut.decided, "malformed",
                             [](const decision& x) { return x.why.reason; });
  ASSERT_NE(i, uut.decided.end());
  EXPECT_EQ(i->why, (failure_reason{"malformed", "not JSON", {}, 0, false}));
  // Bad rows never left.
  EXPECT_EQ(uut.news(), (strings{"1[0,1) stored x1", "1[1,2) invalid x1",
                                 "1[2,3) malformed x0", "2[1,2) too_large x0",
                                 "2[2,3) stored x1", "2[3,4) other x1"}));
  EXPECT_EQ(next_rows(uut), (strings{"2[0,1) x1"}));
}

TEST(lane, fails_bad_rows_whatever_becomes_of_the_others) {
  std::vector<local_fault> faults{{0, "malformed", "m"}, {3, "malformed", "m"}};
  struct {
    http::outcome what;
    strings want;
    strings then;
  } cases[] = {
    {stored(),
     {"1[0,1) malformed x0", "1[1,3) stored x1", "1[3,4) malformed x0"},
     {}},
    {unavailable(),
     {"1[0,1) malformed x0", "1[3,4) malformed x0"},
     {"1[1,3) x2"}},
    {bad_token(),
     {"1[0,1) malformed x0", "1[3,4) malformed x0"},
     {"1[1,3) x1"}},
    {refused(verdict::fail, cause::rejected, 400, false),
     {"1[0,1) malformed x0", "1[1,3) reason400 x1", "1[3,4) malformed x0"},
     {}},
  };
  for (auto& x : cases) {
    driver uut{eager()};
    auto sent = uut.send(4);
    uut.settle({sent->number, x.what, faults, 4});
    EXPECT_EQ(uut.news(), x.want);
    EXPECT_EQ(next_rows(uut), x.then);
  }
}

TEST(lane, is_not_judged_by_a_batch_of_which_nothing_was_sent) {
  driver uut{eager()};
  uut.answer(uut.send(1), unavailable());
  uut.wake();
  uut.add(1);
  auto sent = uut.cut();
  ASSERT_EQ(sent->rows, 2u);
  uut.settle({sent->number,
              stored(),
              {{0, "malformed", "m"}, {1, "malformed", "m"}},
              2});
  EXPECT_EQ(uut.news(),
            (strings{"1[0,1) malformed x1", "2[0,1) malformed x0"}));
  EXPECT_EQ(uut.uut.state().state, table_state::unavailable);
}

TEST(lane, sends_rows_that_did_not_fit_next_and_counts_no_try) {
  struct {
    http::outcome what;
    strings want;
    strings then;
  } cases[] = {
    {stored(), {"1[0,2) stored x1"}, {"1[2,4) x1", "2[0,1) x1"}},
    {unavailable(), {}, {"1[0,2) x2", "1[2,4) x1", "2[0,1) x1"}},
    {bad_token(), {}, {"1[0,4) x1", "2[0,1) x1"}},
    {partial({bad(1, row_verdict::again, "stopped")}),
     {"1[0,1) stored x1"},
     {"1[1,4) x1", "2[0,1) x1"}},
    {refused(verdict::fail, cause::too_large, 413, false), {}, {"1[0,1) x1"}},
  };
  for (auto& x : cases) {
    driver uut{eager()};
    auto sent = uut.send(4);
    uut.add(1);
    uut.settle({sent->number, x.what, {}, 2});
    EXPECT_EQ(uut.news(), x.want);
    EXPECT_EQ(next_rows(uut), x.then);
  }
}

TEST(lane, opens_a_batch_again_that_never_left) {
  auto options = eager();
  options.retry.max_attempts = 1;
  driver uut{options};
  auto sent = uut.send(4);
  uut.settle({sent->number, {}, {}, 0});
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,4) x1"}));
}

} // namespace bqs
