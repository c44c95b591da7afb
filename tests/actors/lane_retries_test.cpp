#include "actors/lane.hpp"

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

// -- retries ------------------------------------------------------------------

TEST(lane, waits_longer_after_each_failure_up_to_the_cap) {
  for (auto point : {0.0, 0.25, 0.5, 0.999}) {
    driver uut{eager()};
    uut.point = point;
    uut.add(1);
    for (auto ceiling : {500, 1000, 2000, 4000, 8000, 16'000, 32'000, 32'000}) {
      auto sent = uut.cut();
      ASSERT_TRUE(sent);
      uut.answer(sent, unavailable());
      EXPECT_EQ(uut.wake(),
                std::chrono::milliseconds{static_cast<int>(ceiling * point)});
      EXPECT_TRUE(uut.uut.ready(uut.now));
    }
    uut.answer(uut.cut(), stored());
    EXPECT_EQ(uut.news(), (strings{"1[0,1) stored x9"}));
    // The next trouble begins at the beginning.
    uut.answer(uut.send(1), unavailable());
    EXPECT_EQ(uut.wake(),
              std::chrono::milliseconds{static_cast<int>(500 * point)});
  }
}

TEST(lane, holds_newer_rows_back_while_it_waits) {
  driver uut{eager()};
  uut.answer(uut.send(1), unavailable());
  uut.add(600);
  EXPECT_FALSE(uut.uut.ready(uut.now));
  uut.uut.flush();
  uut.uut.drain();
  uut.check_clock();
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.wake(), 250ms);
  auto probe = uut.cut();
  EXPECT_EQ(told(probe), (strings{"1[0,1) x2", "2[0,9) x1"}));
  uut.answer(probe, stored());
  EXPECT_EQ(told(uut.cut()), (strings{"2[9,600) x1"}));
}

TEST(lane, probes_with_few_rows_until_it_is_well) {
  auto options = eager();
  options.retry.probe_rows = 3;
  driver uut{options};
  uut.answer(uut.send(100), unavailable());
  for (auto i = 0; i < 3; ++i) {
    uut.wake();
    auto probe = uut.cut();
    EXPECT_EQ(probe->rows, 3u);
    EXPECT_FALSE(uut.uut.ready(uut.now)); // one at a time
    uut.answer(probe, unavailable());
  }
  uut.wake();
  auto probe = uut.cut();
  EXPECT_EQ(told(probe), (strings{"1[0,3) x5"}));
  uut.answer(probe, stored());
  EXPECT_EQ(told(uut.cut()), (strings{"1[3,100) x2"}));
}

TEST(lane, sends_nothing_while_it_is_paused) {
  driver uut{eager()};
  auto sent = uut.send(1);
  uut.uut.pause();
  EXPECT_EQ(uut.uut.state().state, table_state::paused);
  uut.uut.add(make_block(9, 5), {0, 5}, uut.now);
  uut.uut.flush();
  uut.uut.drain();
  EXPECT_FALSE(uut.uut.ready(uut.now + 1h));
  EXPECT_EQ(uut.uut.wake_at(uut.now), std::nullopt);
  EXPECT_FALSE(uut.uut.cut(uut.now, uut.decided));
  uut.uut.settle({sent->number, unavailable(), {}, 1}, uut.now, 0.5,
                 uut.decided);
  EXPECT_EQ(uut.uut.state().state, table_state::paused);
  uut.uut.resume();
  EXPECT_EQ(uut.uut.state().state, table_state::unavailable);
  uut.wake();
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,1) x2", "9[0,5) x1"}));
}

TEST(lane, shows_what_is_known_of_the_credential) {
  driver uut{eager()};
  uut.uut.note_credential(true, "authError: no");
  EXPECT_EQ(uut.uut.state(),
            (lane::condition{table_state::unauthorized, "authError: no"}));
  uut.uut.pause();
  EXPECT_EQ(uut.uut.state().state, table_state::paused);
  uut.uut.resume();
  uut.uut.note_credential(false, "");
  EXPECT_EQ(uut.uut.state(), (lane::condition{}));
}

// -- past the deduplication window --------------------------------------------

TEST(lane, sends_rows_that_may_be_stored_past_the_window_only_if_it_may) {
  struct {
    past_dedup_window what;
    insert_ids ids;
    std::size_t own_id;
    std::chrono::nanoseconds waited;
    strings want;
  } cases[] = {
    {past_dedup_window::retry, insert_ids::automatic, 0, 1h, {}},
    {past_dedup_window::retry, insert_ids::none, 0, 1h, {}},
    {past_dedup_window::fail, insert_ids::automatic, 0, 59s, {}},
    {past_dedup_window::fail, insert_ids::own, 5, 59s, {}},
    {past_dedup_window::fail,
     insert_ids::automatic,
     0,
     60s,
     {"1[0,2) uncertain x1 uncertain"}},
    {past_dedup_window::fail,
     insert_ids::own,
     5,
     60s,
     {"1[0,2) uncertain x1 uncertain"}},
    {past_dedup_window::fail,
     insert_ids::none,
     5,
     1s,
     {"1[0,2) uncertain x1 uncertain"}},
    {past_dedup_window::fail,
     insert_ids::own,
     0,
     1s,
     {"1[0,2) uncertain x1 uncertain"}},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.retry.past_dedup_window = x.what;
    options.insert.ids = x.ids;
    driver uut{options};
    uut.uut.add(make_block(1, 2, uut.now, 10, x.own_id), {0, 2}, uut.now);
    uut.now += 1h; // the age of a row is no matter
    auto sent = uut.cut();
    uut.now += x.waited - 1ms;
    uut.answer(sent, unavailable(true));
    uut.wake();
    uut.now = std::max(uut.now, sent->cut_at + x.waited);
    auto again = uut.cut();
    EXPECT_EQ(uut.news(), x.want);
    EXPECT_EQ(told(again), x.want.empty() ? strings{"1[0,2) x2"} : strings{});
  }
}

TEST(lane, counts_the_window_from_the_first_try_that_may_have_stored) {
  auto options = eager();
  options.retry.past_dedup_window = past_dedup_window::fail;
  options.retry.cap = 20s;
  options.retry.base = 20s;
  driver uut{options};
  uut.point = 0.99;
  uut.answer(uut.send(1), unavailable()); // this one did not
  uut.wake();
  for (auto i = 0; i < 4; ++i) { // 0, 20, 40 and 60 seconds
    EXPECT_EQ(uut.news(), strings{});
    uut.answer(uut.cut(), unavailable(true));
    uut.wake();
  }
  EXPECT_FALSE(uut.cut());
  EXPECT_EQ(uut.news(), strings{"1[0,1) uncertain x5 uncertain"});
}

TEST(lane, obeys_retry_after_up_to_ten_minutes) {
  struct {
    std::chrono::milliseconds retry_after;
    std::chrono::milliseconds want;
  } cases[] = {
    {0ms, 250ms}, {100ms, 250ms}, {250ms, 250ms}, {251ms, 251ms},
    {60s, 60s},   {10min, 10min}, {11min, 10min}, {8760h, 10min},
  };
  for (auto why : {cause::throttled, cause::unavailable, cause::missing})
    for (auto& x : cases) {
      driver uut{eager()};
      auto answer = refused(verdict::retry, why, 429, false);
      if (why == cause::throttled) // the first one waits for nothing else
        uut.answer(uut.send(1), answer);
      answer.retry_after = x.retry_after;
      uut.answer(uut.send(1), answer);
      EXPECT_EQ(uut.wake(), x.want);
    }
}

TEST(lane, waits_by_itself_only_when_it_was_throttled_again) {
  driver uut{eager()};
  auto answer = refused(verdict::retry, cause::throttled, 429, false);
  auto first = uut.send(1);
  auto second = uut.send(1);
  uut.answer(first, answer);
  uut.answer(second, answer); // sent before it was known: no news
  EXPECT_EQ(uut.uut.state().state, table_state::throttled);
  EXPECT_EQ(uut.wake(), 0ms); // the dispatcher says when
  auto third = uut.cut();
  EXPECT_EQ(third->rows, 2u); // whole, no probe
  uut.answer(third, stored());
  EXPECT_EQ(uut.uut.state().state, table_state::ok);
  uut.answer(uut.send(1), answer);
  EXPECT_EQ(uut.wake(), 0ms);
  uut.answer(uut.cut(), answer);
  EXPECT_EQ(uut.wake(), 250ms);
}

TEST(lane, obeys_retry_after_of_a_batch_that_was_sent_before_the_trouble) {
  driver uut{eager()};
  auto first = uut.send(1);
  auto second = uut.send(1);
  auto third = uut.send(1);
  uut.answer(first, unavailable());
  auto answer = refused(verdict::retry, cause::throttled, 429, false);
  answer.retry_after = 60s;
  uut.answer(second, answer);
  answer.retry_after = 5s;
  uut.answer(third, answer);
  EXPECT_EQ(uut.wake(), 60s);
}

TEST(lane, tries_a_row_as_often_as_it_is_told_and_never_not_at_all) {
  struct {
    std::uint32_t max_attempts;
    std::chrono::milliseconds max_age;
    std::uint32_t want;
  } cases[] = {
    {0, 24h, 1}, {1, 24h, 1}, {2, 24h, 2},
    {3, 24h, 3}, {7, 24h, 7}, {retry_options::unlimited, 0ms, 1},
    {0, 0ms, 1},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.retry.max_attempts = x.max_attempts;
    options.retry.max_age = x.max_age;
    driver uut{options};
    uut.add(2);
    std::uint32_t tries = 0;
    while (auto sent = uut.cut()) {
      EXPECT_EQ(uut.news(), strings{});
      ++tries;
      uut.answer(sent, unavailable());
      uut.wake();
    }
    EXPECT_EQ(tries, x.want);
    EXPECT_EQ(uut.news(),
              (strings{"1[0,2) reason503 x" + std::to_string(x.want)}));
    EXPECT_TRUE(uut.uut.empty());
  }
}

TEST(lane, retries_several_500_and_503_and_then_stores) {
  driver uut{eager()};
  uut.add(5);
  for (auto status : {500, 503, 500, 503}) {
    uut.answer(uut.cut(),
               refused(verdict::retry, cause::unavailable, status, false));
    uut.wake();
  }
  uut.answer(uut.cut(), stored());
  EXPECT_EQ(uut.news(), (strings{"1[0,5) stored x5"}));
}

TEST(lane, makes_the_try_at_the_age_limit_the_last_one) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  auto sent = uut.send(1);
  uut.now = t0 + 10s - 1ns;
  uut.answer(sent, unavailable());
  EXPECT_EQ(uut.news(), strings{});

  driver late{options};
  sent = late.send(1);
  late.now = t0 + 10s;
  late.answer(sent, unavailable());
  EXPECT_EQ(late.news(), (strings{"1[0,1) reason503 x1"}));
}

TEST(lane, gives_up_rows_that_become_too_old_while_they_wait) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  auto sent = uut.send(2);
  uut.now = t0 + 9s;
  auto answer = unavailable(true);
  answer.retry_after = 30s;
  uut.answer(sent, answer);
  uut.now = t0 + 35s;
  uut.add(1); // younger
  uut.now = t0 + 9s + 30s;
  EXPECT_EQ(told(uut.cut()), (strings{"2[0,1) x1"}));
  ASSERT_EQ(uut.decided.size(), 1u);
  EXPECT_NE(uut.decided[0].why.message.find("reason503: words"),
            std::string::npos);
  EXPECT_EQ(uut.news(), (strings{"1[0,2) expired x1 uncertain"}));
}

TEST(lane, cuts_no_batch_if_all_rows_are_too_old) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  uut.answer(uut.send(2), unavailable());
  uut.now += 10s;
  EXPECT_TRUE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.cut(), nullptr);
  EXPECT_EQ(uut.news(), (strings{"1[0,2) expired x1"}));
  EXPECT_TRUE(uut.uut.empty());
}

TEST(lane, tries_a_row_once_however_old_it_is) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  uut.uut.add(make_block(1, 2, t0 - 1h), {0, 2}, t0);
  auto sent = uut.cut();
  EXPECT_EQ(told(sent), (strings{"1[0,2) x1"}));
  uut.answer(sent, stored());
  EXPECT_EQ(uut.news(), (strings{"1[0,2) stored x1"}));
}

TEST(lane, does_not_try_rows_that_are_too_old_while_the_table_is_in_trouble) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  uut.uut.add(make_block(1, 100), {0, 100}, t0);
  auto sent = uut.cut();
  uut.uut.add(make_block(2, 300), {0, 300}, t0);
  uut.uut.add(make_block(3, 5, t0 + 9s), {0, 5}, t0);
  uut.answer(sent, refused(verdict::retry, cause::forbidden, 403, false));
  uut.now = t0 + 10s - 1ms;
  uut.uut.expire(uut.now, uut.decided);
  EXPECT_TRUE(uut.decided.empty());
  uut.now = t0 + 10s;
  uut.uut.expire(uut.now, uut.decided);
  EXPECT_EQ(uut.news(),
            (strings{"1[0,100) expired x1", "2[0,300) expired x0"}));
  EXPECT_EQ(uut.uut.open_rows(), 5u);
}

TEST(lane, does_not_wait_for_a_turn_to_give_up_rows_that_are_too_old) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  uut.uut.add(make_block(1, 3), {0, 3}, t0);
  EXPECT_EQ(uut.uut.wake_at(t0, true), std::nullopt);
  uut.uut.note_credential(true, "authError: no");
  EXPECT_EQ(uut.uut.wake_at(t0, true), t0 + 10s);
  uut.now = t0 + 10s;
  uut.uut.expire(uut.now, uut.decided);
  ASSERT_EQ(uut.decided.size(), 1u);
  EXPECT_EQ(uut.decided[0].why.message,
            "not stored within retry.max-age; last: authError: no");
  EXPECT_TRUE(uut.uut.empty());
  EXPECT_EQ(uut.uut.wake_at(uut.now, true), std::nullopt);
}

TEST(lane, lets_rows_grow_old_while_it_is_paused) {
  auto options = eager();
  options.retry.max_age = 10s;
  driver uut{options};
  uut.uut.add(make_block(1, 3), {0, 3}, t0);
  uut.answer(uut.cut(), unavailable());
  uut.uut.pause();
  uut.now = t0 + 1h;
  uut.uut.expire(uut.now, uut.decided);
  EXPECT_TRUE(uut.decided.empty());
  EXPECT_EQ(uut.uut.flush(), 0u);
  uut.uut.resume();
  uut.uut.expire(uut.now, uut.decided);
  EXPECT_EQ(uut.news(), (strings{"1[0,3) expired x1"}));
}

TEST(lane, probes_first_where_an_earlier_one_was_in_trouble) {
  driver uut{eager()};
  uut.uut.inherit({table_state::unavailable, "http_503: no"});
  EXPECT_EQ(uut.uut.state().reason, "http_503: no");
  uut.uut.add(make_block(1, 100), {0, 100}, t0);
  auto probe = uut.cut();
  EXPECT_EQ(told(probe), (strings{"1[0,10) x1"}));
  uut.answer(probe, stored());
  EXPECT_EQ(uut.uut.state().state, table_state::ok);
}

TEST(lane, waits_for_a_missing_table_for_its_grace_only) {
  struct {
    std::chrono::milliseconds grace;
    std::chrono::nanoseconds waited;
    bool want_failed;
  } cases[] = {
    {5min, 0s, false}, {5min, 5min - 1ns, false}, {5min, 5min, true},
    {5min, 1h, true},  {0ms, 0s, true},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.retry.missing_table_grace = x.grace;
    driver uut{options};
    uut.point = 0;
    uut.answer(uut.send(1), missing());
    EXPECT_EQ(uut.news().empty(), x.grace > 0ms);
    EXPECT_EQ(uut.uut.state().state, table_state::missing);
    uut.add(1);
    uut.now += x.waited;
    uut.answer(uut.cut(), missing());
    auto tries = x.grace > 0ms
                   ? strings{"1[0,1) reason404 x2", "2[0,1) reason404 x1"}
                   : strings{"2[0,1) reason404 x1"};
    EXPECT_EQ(uut.news(), x.want_failed ? tries : strings{});
    EXPECT_EQ(uut.uut.empty(), x.want_failed);
  }
}

TEST(lane, begins_the_grace_anew_once_the_table_was_there) {
  auto options = eager();
  options.retry.missing_table_grace = 10s;
  driver uut{options};
  uut.point = 0;
  uut.answer(uut.send(1), missing());
  uut.now += 9s;
  uut.answer(uut.cut(), stored());
  EXPECT_EQ(uut.news(), (strings{"1[0,1) stored x2"}));
  uut.now += 9s;
  uut.answer(uut.send(1), missing());
  EXPECT_EQ(uut.news(), strings{});
  uut.now += 10s;
  uut.answer(uut.cut(), missing());
  EXPECT_EQ(uut.news(), (strings{"2[0,1) reason404 x2"}));
}

TEST(lane, tries_again_at_once_after_a_401_and_then_backs_off) {
  auto options = eager();
  options.retry.max_attempts = 2;
  driver uut{options};
  uut.answer(uut.send(1), bad_token());
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  EXPECT_TRUE(uut.uut.ready(uut.now));
  auto sent = uut.cut();
  EXPECT_EQ(told(sent), (strings{"1[0,1) x1"})); // the first was for free
  uut.answer(sent, bad_token());
  EXPECT_EQ(uut.uut.state().state, table_state::unauthorized);
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.wake(), 250ms);
  sent = uut.cut();
  EXPECT_EQ(told(sent), (strings{"1[0,1) x2"}));
  uut.answer(sent, bad_token());
  EXPECT_EQ(uut.news(), (strings{"1[0,1) reason401 x2"}));
}

TEST(lane, tries_all_batches_of_a_stale_token_again_for_free) {
  auto options = eager();
  options.retry.max_attempts = 1;
  driver uut{options};
  auto first = uut.send(1);
  auto second = uut.send(1);
  uut.answer(first, bad_token());
  auto third = uut.cut();
  EXPECT_EQ(told(third), (strings{"1[0,1) x1"}));
  uut.answer(second, bad_token()); // was sent with the old token, too
  EXPECT_EQ(uut.news(), strings{});
  EXPECT_EQ(uut.uut.state(), lane::condition{});
  auto fourth = uut.cut();
  EXPECT_EQ(told(fourth), (strings{"2[0,1) x1"}));
  uut.answer(third, bad_token());
  EXPECT_EQ(uut.news(), (strings{"1[0,1) reason401 x1"}));
  uut.answer(fourth, bad_token());
  EXPECT_EQ(uut.news(), (strings{"2[0,1) reason401 x1"}));
}

TEST(lane, tries_for_free_again_once_a_token_has_worked) {
  driver uut{eager()};
  for (auto i = 1; i <= 3; ++i) {
    uut.answer(uut.send(1), bad_token());
    EXPECT_TRUE(uut.uut.ready(uut.now));
    uut.answer(uut.cut(), stored());
    EXPECT_EQ(uut.news(), (strings{std::to_string(i) + "[0,1) stored x1"}));
  }
}

// -- trouble ------------------------------------------------------------------

TEST(lane, has_many_batches_in_flight_unless_in_trouble) {
  auto options = eager();
  options.batch.max_rows = 1;
  driver uut{options};
  uut.add(6);
  auto first = uut.cut();
  auto second = uut.cut();
  EXPECT_EQ(uut.uut.in_flight(), 2u);
  uut.answer(first, unavailable());
  // The trouble has begun: what is in flight comes back first.
  uut.now += 1h;
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.cut(), nullptr);
  EXPECT_EQ(uut.uut.wake_at(uut.now), t0 + options.retry.max_age);
  uut.answer(second, unavailable());
  auto probe = uut.cut();
  ASSERT_TRUE(probe);
  EXPECT_EQ(uut.cut(), nullptr); // one at a time
  uut.answer(probe, stored());
  EXPECT_TRUE(uut.cut());
  EXPECT_TRUE(uut.cut());
  EXPECT_EQ(uut.uut.in_flight(), 2u);
}

TEST(lane, takes_late_failures_of_batches_sent_before_the_trouble_for_no_news) {
  auto options = eager();
  options.batch.max_rows = 1;
  driver uut{options};
  uut.add(5);
  std::vector<batch_ptr> sent;
  while (auto x = uut.cut())
    sent.push_back(x);
  ASSERT_EQ(sent.size(), 5u);
  for (auto& x : sent) {
    uut.answer(x, unavailable());
    uut.now += 10ms;
  }
  EXPECT_EQ(uut.uut.wake_at(uut.now), t0 + 250ms); // of the first failure
  uut.wake();
  uut.answer(uut.cut(), unavailable());
  EXPECT_EQ(uut.wake(), 500ms); // the second one, not the sixth
}

TEST(lane, does_not_take_late_successes_for_the_end_of_the_trouble) {
  http::outcome answers[] = {
    stored(),
    partial({bad(0, row_verdict::fail, "invalid")}),
    refused(verdict::fail, cause::rejected, 400, false),
  };
  for (auto& x : answers) {
    driver uut{eager()};
    auto first = uut.send(1);
    auto second = uut.send(1);
    uut.answer(first, unavailable());
    uut.answer(second, x);
    EXPECT_EQ(uut.news().size(), 1u);
    EXPECT_EQ(uut.uut.state().state, table_state::unavailable);
    EXPECT_FALSE(uut.uut.ready(uut.now));
    EXPECT_EQ(uut.wake(), 250ms);
    uut.answer(uut.cut(), unavailable());
    EXPECT_EQ(uut.wake(), 500ms);
    uut.answer(uut.cut(), stored());
    EXPECT_EQ(uut.uut.state(), lane::condition{});
  }
}

TEST(lane, tells_the_state_that_the_last_refusal_means) {
  driver uut{eager()};
  uut.add(1);
  struct {
    cause why;
    table_state want;
  } cases[] = {
    {cause::throttled, table_state::throttled},
    {cause::unavailable, table_state::unavailable},
    {cause::missing, table_state::missing},
    {cause::forbidden, table_state::unauthorized},
    {cause::throttled, table_state::throttled},
  };
  for (auto& x : cases) {
    uut.wake();
    uut.answer(uut.cut(), refused(verdict::retry, x.why, 499, false));
    EXPECT_EQ(uut.uut.state(), (lane::condition{x.want, "reason499: words"}));
  }
}

// -- uncertainty --------------------------------------------------------------

TEST(lane, remembers_that_an_earlier_try_may_have_stored_a_row) {
  auto failed = refused(verdict::fail, cause::rejected, 400, false);
  struct {
    std::vector<http::outcome> answers;
    strings want;
  } cases[] = {
    {{unavailable(), stored()}, {"1[0,1) stored x2"}},
    {{unavailable(true), stored()}, {"1[0,1) stored x2 twice?"}},
    {{unavailable(true), unavailable(), stored()}, {"1[0,1) stored x3 twice?"}},
    {{unavailable(true), failed}, {"1[0,1) reason400 x2 uncertain"}},
    {{unavailable(true), partial({bad(0, row_verdict::fail, "invalid")})},
     {"1[0,1) invalid x2 uncertain"}},
    {{unavailable(true), partial({bad(0, row_verdict::again, "stopped")}),
      stored()},
     {"1[0,1) stored x2 twice?"}},
    {{unavailable(true), partial({bad(0, row_verdict::later, "timeout")}),
      stored()},
     {"1[0,1) stored x3 twice?"}},
    {{unavailable(true), partial({}), stored()}, {"1[0,1) stored x2 twice?"}},
    {{unavailable(), unavailable(), unavailable(), unavailable(true)},
     {"1[0,1) reason503 x4 uncertain"}},
    {{failed}, {"1[0,1) reason400 x1"}},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.retry.max_attempts = 4;
    driver uut{options};
    uut.add(1);
    for (auto& answer : x.answers) {
      uut.wake();
      if (auto sent = uut.cut())
        uut.answer(sent, answer);
    }
    EXPECT_EQ(uut.news(), x.want);
  }
}

TEST(lane, believes_whoever_says_that_rows_may_have_been_sent) {
  driver uut{eager()};
  auto source = make_block(1, 2);
  uut.uut.add(source, {0, 1}, t0, true);
  uut.uut.add(source, {1, 2}, t0, false);
  uut.answer(uut.cut(), stored());
  EXPECT_EQ(uut.news(),
            (strings{"1[0,1) stored x1 twice?", "1[1,2) stored x1"}));
}

TEST(lane, a_probe_holds_few_rows_if_they_were_tried_before) {
  auto options = eager();
  options.retry.probe_rows = 3;
  driver x{options};
  auto first = x.send(8);
  x.answer(first, unavailable());
  x.wake();
  auto probe = x.uut.cut(x.now, x.decided, true);
  EXPECT_EQ(told(probe), (strings{"1[0,3) x2"}));
  x.answer(probe, stored());
  // Rows that are new are no retry.
  driver y{options};
  y.add(8);
  EXPECT_EQ(told(y.uut.cut(y.now, y.decided, true)), (strings{"1[0,8) x1"}));
}

TEST(lane, a_probe_without_rows_holds_one) {
  auto options = eager();
  options.retry.probe_rows = 0;
  driver x{options};
  x.answer(x.send(8), unavailable());
  x.wake();
  EXPECT_EQ(told(x.uut.cut(x.now, x.decided, true)), (strings{"1[0,1) x2"}));
}

} // namespace bqs
