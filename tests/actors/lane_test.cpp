#include "actors/lane.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "http/body.hpp"

namespace bqs {

namespace {

using http::cause;
using http::row_verdict;
using http::verdict;

/// When each test begins.
constexpr auto t0 = time_point{} + 1000h;

/// What a row adds to a body beside its JSON.
constexpr std::size_t around_row = http::row_framing + 43;

held_block_ptr make_block(std::uint64_t number, std::uint32_t rows,
                          time_point admitted = t0, std::size_t row_bytes = 10,
                          std::size_t id_bytes = 0) {
  auto bytes = std::make_shared<block_bytes>();
  for (std::uint32_t i = 0; i < rows; ++i) {
    bytes->json.append(row_bytes, 'x');
    bytes->ends.push_back(static_cast<std::uint32_t>(bytes->json.size()));
    if (id_bytes > 0) {
      bytes->ids.append(id_bytes, 'i');
      bytes->id_ends.push_back(static_cast<std::uint32_t>(bytes->ids.size()));
    }
  }
  auto result = std::make_shared<held_block>();
  result->number = number;
  result->rows.first = number * 1000;
  result->rows.table = {"", "shop", "events", ""};
  result->rows.bytes = std::move(bytes);
  result->admitted = admitted;
  return result;
}

// -- answers ------------------------------------------------------------------

http::outcome stored() {
  http::outcome result;
  result.verdict = verdict::stored;
  result.status = 200;
  return result;
}

http::outcome refused(verdict what, cause why, int status, bool uncertain) {
  http::outcome result;
  result.verdict = what;
  result.cause = why;
  result.status = status;
  result.uncertain = uncertain;
  result.reason = "reason" + std::to_string(status);
  result.message = "words";
  return result;
}

http::outcome unavailable(bool uncertain = false) {
  return refused(verdict::retry, cause::unavailable, 503, uncertain);
}

http::outcome missing() {
  return refused(verdict::retry, cause::missing, 404, false);
}

http::outcome bad_token() {
  return refused(verdict::retry, cause::bad_token, 401, false);
}

http::row_error bad(std::uint32_t index, row_verdict what, std::string reason) {
  return {index, what, std::move(reason), "words", "a.b"};
}

http::outcome partial(std::vector<http::row_error> rows) {
  http::outcome result;
  result.verdict = verdict::partial;
  result.status = 200;
  result.rows = std::move(rows);
  return result;
}

// -- words --------------------------------------------------------------------

std::string text(const held_block_ptr& source, row_range rows) {
  return std::to_string(source->number) + "[" + std::to_string(rows.from) + ","
         + std::to_string(rows.to) + ")";
}

std::string text(const decision& x) {
  auto result = x.stored ? "stored" : x.why.reason;
  result += " x" + std::to_string(x.attempts);
  if (x.possibly_duplicated)
    result += " twice?";
  if (x.why.uncertain)
    result += " uncertain";
  return result;
}

using strings = std::vector<std::string>;

/// Returns the decisions in words, by row; neighbours alike become one.
strings told(std::vector<decision> xs) {
  std::ranges::sort(xs, {}, [](const decision& x) {
    return std::pair{x.source->number, x.rows.from};
  });
  strings result;
  for (std::size_t i = 0; i < xs.size();) {
    auto rows = xs[i].rows;
    auto j = i + 1;
    while (j < xs.size() && xs[j].source == xs[i].source
           && xs[j].rows.from == rows.to && text(xs[j]) == text(xs[i]))
      rows.to = xs[j++].rows.to;
    result.push_back(text(xs[i].source, rows) + " " + text(xs[i]));
    i = j;
  }
  return result;
}

/// Returns the rows of a batch in words and in order; neighbours alike become
/// one.
strings told(const batch_ptr& x) {
  strings result;
  if (!x)
    return result;
  for (std::size_t i = 0; i < x->slices.size();) {
    auto& first = x->slices[i];
    auto rows = first.rows;
    auto j = i + 1;
    while (j < x->slices.size() && x->slices[j].source == first.source
           && x->slices[j].rows.from == rows.to
           && x->slices[j].attempts == first.attempts)
      rows.to = x->slices[j++].rows.to;
    result.push_back(text(first.source, rows) + " x"
                     + std::to_string(first.attempts));
    i = j;
  }
  return result;
}

// -- the lane under test ------------------------------------------------------

table_options eager() {
  table_options result;
  result.batch.rows = 1;
  return result;
}

/// A lane, its clock, and what came out of it.
struct driver {
  explicit driver(const table_options& x, std::uint32_t generation = 0)
    : options(x), uut(x, generation) {
    // nop
  }

  table_options options;
  lane uut;
  time_point now = t0;
  double point = 0.5;
  std::uint64_t last_block = 0;
  std::vector<decision> decided;

  held_block_ptr add(std::uint32_t rows, std::size_t row_bytes = 10) {
    auto result = make_block(++last_block, rows, now, row_bytes);
    uut.add(result, {0, rows}, now);
    check_clock();
    return result;
  }

  batch_ptr cut() {
    auto result = uut.cut(now, decided);
    check_clock();
    return result;
  }

  void settle(const batch_result& x) {
    uut.settle(x, now, point, decided);
    check_clock();
  }

  void answer(const batch_ptr& x, const http::outcome& what) {
    ASSERT_TRUE(x);
    settle({x->number, what, {}, x->rows});
  }

  /// Adds rows and sends them.
  batch_ptr send(std::uint32_t rows) {
    add(rows);
    auto result = cut();
    EXPECT_TRUE(result);
    return result;
  }

  /// Goes to the time when the lane wants to wake; how long that took.
  std::chrono::nanoseconds wake() {
    auto before = now;
    if (auto then = uut.wake_at(now))
      now = std::max(now, *then);
    check_clock();
    return now - before;
  }

  /// What was decided since the last call.
  strings news() {
    return told(std::exchange(decided, {}));
  }

  /// A lane that is not ready asks for no time that has come; when it does
  /// ask, it is ready then; when it does not, only an answer can help.
  void check_clock() const {
    auto wake = uut.wake_at(now);
    if (uut.ready(now)) {
      EXPECT_TRUE(wake && *wake <= now);
    } else if (wake) {
      EXPECT_GT(*wake, now);
      EXPECT_FALSE(uut.ready(*wake - 1ns));
      EXPECT_TRUE(uut.ready(*wake));
    } else {
      EXPECT_TRUE(uut.open_rows() == 0 || uut.in_flight() > 0);
      EXPECT_TRUE(uut.empty() || uut.in_flight() > 0);
    }
  }
};

/// Rows that are open again, ready or not, as the next batch would have them.
strings next_rows(driver& x) {
  x.wake();
  return told(x.cut());
}

} // namespace

// -- ready --------------------------------------------------------------------

TEST(lane, is_ready_by_count_by_size_or_by_age) {
  table_options options;
  options.batch.rows = 10;
  options.batch.bytes = 10'000;
  options.batch.age = 1s;
  struct {
    std::uint32_t rows;
    std::size_t row_bytes;
    std::chrono::nanoseconds waited;
    bool want;
  } cases[] = {
    {9, 10, 0s, false},
    {10, 10, 0s, true},
    {11, 10, 0s, true},
    {1, 9'999 - around_row, 0s, false},
    {1, 10'000 - around_row, 0s, true},
    {2, 4'999 - around_row, 0s, false},
    {2, 5'000 - around_row, 0s, true},
    {1, 10, 1s - 1ns, false},
    {1, 10, 1s, true},
    {1, 10, 1h, true},
  };
  for (auto& x : cases) {
    driver uut{options};
    uut.add(x.rows, x.row_bytes);
    uut.now += x.waited;
    uut.check_clock();
    EXPECT_EQ(uut.uut.ready(uut.now), x.want)
      << x.rows << " rows of " << x.row_bytes;
    EXPECT_EQ(told(uut.cut()).empty(), !x.want);
  }
}

TEST(lane, without_rows_is_never_ready_and_never_wakes) {
  driver uut{eager()};
  EXPECT_TRUE(uut.uut.empty());
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_FALSE(uut.uut.wake_at(uut.now));
  EXPECT_EQ(uut.cut(), nullptr);
  EXPECT_EQ(uut.uut.flush(), 0u);
  uut.uut.drain();
  EXPECT_FALSE(uut.uut.ready(uut.now + 1h));
  EXPECT_FALSE(uut.uut.wake_at(uut.now));
}

TEST(lane, by_the_defaults_sends_500_rows_at_once_and_fewer_after_a_second) {
  driver uut{table_options{}};
  uut.add(499);
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.uut.wake_at(uut.now), uut.now + 1s);
  uut.add(1);
  EXPECT_TRUE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.cut()->rows, 500u);
}

TEST(lane, counts_the_rows_of_small_blocks_together) {
  table_options options;
  options.batch.rows = 6;
  driver uut{options};
  uut.add(2);
  uut.add(3);
  EXPECT_FALSE(uut.uut.ready(uut.now));
  uut.add(1);
  EXPECT_TRUE(uut.uut.ready(uut.now));
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,2) x1", "2[0,3) x1", "3[0,1) x1"}));
}

TEST(lane, counts_only_the_bytes_that_are_open) {
  table_options options;
  options.batch.bytes = 3 * (100 + around_row);
  options.batch.max_rows = 2;
  driver uut{options};
  for (auto i = 0; i < 5; ++i) {
    uut.add(3, 100);
    EXPECT_TRUE(uut.uut.ready(uut.now));
    EXPECT_EQ(uut.cut()->rows, 2u);
    EXPECT_FALSE(uut.uut.ready(uut.now)); // one is left
    uut.add(1, 100);
    EXPECT_FALSE(uut.uut.ready(uut.now));
    uut.uut.flush();
    EXPECT_EQ(uut.cut()->rows, 2u);
  }
}

TEST(lane, is_not_held_up_by_a_trickle) {
  driver uut{table_options{}};
  for (auto i = 0; i < 10; ++i) {
    uut.add(1);
    EXPECT_EQ(uut.uut.wake_at(uut.now), t0 + 1s);
    EXPECT_FALSE(uut.uut.ready(uut.now));
    uut.now += 99ms;
  }
  uut.now = t0 + 1s;
  EXPECT_TRUE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.cut()->rows, 10u);
}

TEST(lane, counts_the_age_of_what_is_left_after_a_batch_from_its_own_time) {
  table_options options;
  options.batch.rows = 2;
  options.batch.max_rows = 2;
  driver uut{options};
  uut.add(2);
  uut.now += 600ms;
  uut.add(1);
  ASSERT_TRUE(uut.cut());
  EXPECT_FALSE(uut.uut.ready(t0 + 1s));
  EXPECT_EQ(uut.uut.wake_at(uut.now), t0 + 1600ms);
}

// -- what a batch holds -------------------------------------------------------

TEST(lane, cuts_what_has_grown_until_its_turn) {
  table_options options;
  options.batch.rows = 2;
  driver uut{options};
  uut.add(2);
  EXPECT_TRUE(uut.uut.ready(uut.now));
  uut.add(700);
  uut.now += 3s;
  uut.add(1);
  EXPECT_EQ(uut.cut()->rows, 703u);
  EXPECT_EQ(uut.uut.open_rows(), 0u);
  EXPECT_EQ(uut.uut.in_flight(), 1u);
}

TEST(lane, ends_a_batch_at_its_most_rows) {
  auto options = eager();
  options.batch.max_rows = 4;
  driver uut{options};
  uut.add(3);
  uut.add(6);
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,3) x1", "2[0,1) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"2[1,5) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"2[5,6) x1"}));
  EXPECT_EQ(uut.cut(), nullptr);
  EXPECT_EQ(uut.uut.in_flight(), 3u);
}

TEST(lane, ends_a_batch_at_its_most_bytes) {
  constexpr std::size_t row_bytes = 100;
  constexpr auto each = row_bytes + around_row;
  struct {
    std::size_t max_bytes;
    std::uint32_t want;
  } cases[] = {
    {http::body_framing + 10 * each, 10},
    {http::body_framing + 10 * each - 1, 9},
    {http::body_framing + 10 * each + 1, 10},
    {http::body_framing + each, 1},
    // No room for one: then it goes alone.
    {http::body_framing + each - 1, 1},
    {http::body_framing, 1},
    {1024, 1}, // the least that can be set
    {0, 1},
    {http::body_framing + 1000 * each, 40},
  };
  for (auto& x : cases) {
    auto options = eager();
    options.batch.max_bytes = x.max_bytes;
    driver uut{options};
    uut.add(7, row_bytes);
    uut.add(33, row_bytes);
    std::uint32_t rows = 0;
    while (auto sent = uut.cut()) {
      EXPECT_EQ(sent->rows, std::min(x.want, 40 - rows)) << x.max_bytes;
      rows += sent->rows;
    }
    EXPECT_EQ(rows, 40u) << x.max_bytes;
  }
}

TEST(lane, sends_a_row_that_is_larger_than_a_batch_alone) {
  auto options = eager();
  options.batch.max_bytes = 20'000;
  driver uut{options};
  uut.add(2);
  uut.add(1, 50'000);
  uut.add(2);
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,2) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"2[0,1) x1"}));
  EXPECT_EQ(told(uut.cut()), (strings{"3[0,2) x1"}));
}

TEST(lane, counts_insert_ids_as_they_may_become_by_escaping) {
  auto options = eager();
  options.batch.max_bytes
    = http::body_framing + 5 * (10 + around_row + 2 * 100);
  driver uut{options};
  uut.uut.add(make_block(1, 20, t0, 10, 100), {0, 20}, t0);
  EXPECT_EQ(uut.cut()->rows, 5u);
}

TEST(lane, makes_batches_whose_bodies_fit_into_their_most_bytes) {
  auto options = eager();
  options.batch.max_bytes = 10'000;
  driver uut{options};
  for (std::uint64_t i = 1; i <= 20; ++i) {
    auto bytes = std::make_shared<block_bytes>();
    for (auto k = 0; k < 30; ++k) {
      bytes->json += R"({"a":")" + std::string(i * 7, 'y') + "\"}";
      bytes->ends.push_back(static_cast<std::uint32_t>(bytes->json.size()));
    }
    auto source = std::make_shared<held_block>();
    source->number = i;
    source->rows.bytes = bytes;
    source->rows.first = UINT64_MAX - 100;
    uut.uut.add(source, {0, 30}, t0);
  }
  http::body_builder builder;
  auto bodies = 0;
  while (auto sent = uut.cut()) {
    builder.start({true, true, std::string(1000, 's'), std::string(36, 't')});
    for (auto& x : sent->slices)
      for (auto i = x.rows.from; i < x.rows.to; ++i)
        EXPECT_EQ(builder.append(x.source->rows.bytes->row(i),
                                 std::string(22, 'A') + "-",
                                 x.source->rows.first + i),
                  http::append_result::ok);
    EXPECT_LE(builder.finish().size(), options.batch.max_bytes);
    ++bodies;
  }
  EXPECT_GT(bodies, 5);
}

TEST(lane, opens_only_the_rows_that_it_is_told) {
  driver uut{eager()};
  auto source = make_block(1, 10);
  uut.uut.add(source, {2, 5}, t0);
  uut.uut.add(source, {7, 8}, t0);
  EXPECT_EQ(uut.uut.open_rows(), 4u);
  auto sent = uut.cut();
  EXPECT_EQ(told(sent), (strings{"1[2,5) x1", "1[7,8) x1"}));
  uut.answer(sent, stored());
  EXPECT_EQ(uut.news(), (strings{"1[2,5) stored x1", "1[7,8) stored x1"}));
}

// -- flush and drain ----------------------------------------------------------

TEST(lane, marks_open_rows_at_a_flush_and_tells_how_many) {
  table_options options;
  options.batch.max_rows = 4;
  driver uut{options};
  uut.add(3);
  uut.add(2);
  EXPECT_EQ(uut.uut.flush(), 5u);
  EXPECT_EQ(uut.uut.flush(), 5u);
  uut.add(1);
  EXPECT_EQ(uut.cut()->rows, 4u);
  EXPECT_TRUE(uut.uut.ready(uut.now)); // one of those that were marked is left
  EXPECT_EQ(uut.cut()->rows, 2u);
  uut.add(1);
  EXPECT_FALSE(uut.uut.ready(uut.now)); // came later
  EXPECT_EQ(uut.uut.flush(), 1u);       // those in flight are not open
}

TEST(lane, does_not_hurry_rows_that_come_after_a_flush) {
  table_options options;
  options.batch.max_rows = 4;
  driver uut{options};
  uut.add(4);
  EXPECT_EQ(uut.uut.flush(), 4u);
  uut.add(2);
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,4) x1"}));
  EXPECT_FALSE(uut.uut.ready(uut.now));
  EXPECT_EQ(uut.uut.wake_at(uut.now), t0 + 1s);
}

TEST(lane, sends_what_comes_at_once_while_it_drains) {
  driver uut{table_options{}};
  uut.add(1);
  EXPECT_FALSE(uut.uut.ready(uut.now));
  uut.uut.drain();
  EXPECT_EQ(uut.cut()->rows, 1u);
  uut.add(1);
  EXPECT_EQ(uut.cut()->rows, 1u);
  uut.check_clock();
}

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
     cause::too_large,
     false,
     {"1[0,3) reason400 x1"},
     {},
     state::ok},
    {verdict::fail,
     cause::nameless,
     false,
     {"1[0,3) reason400 x1"},
     {},
     state::ok},
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
                                          ? std::nullopt
                                          : std::optional{uut.now + 1h});
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
    {refused(verdict::fail, cause::too_large, 413, false),
     {"1[0,2) reason413 x1"},
     {"1[2,4) x1", "2[0,1) x1"}},
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
  EXPECT_EQ(told(uut.cut()), (strings{"1[0,1) x2", "2[0,600) x1"}));
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
      answer.retry_after = x.retry_after;
      uut.answer(uut.send(1), answer);
      EXPECT_EQ(uut.wake(), x.want);
    }
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
  uut.add(1); // younger
  uut.now = t0 + 9s + 30s;
  EXPECT_EQ(told(uut.cut()), (strings{"2[0,1) x1"})); // has had no try yet
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
  EXPECT_FALSE(uut.uut.wake_at(uut.now));
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

// -- the end ------------------------------------------------------------------

TEST(lane, decides_everything_when_its_time_is_over) {
  auto options = eager();
  options.batch.max_rows = 3;
  driver uut{options};
  auto flying = uut.send(3);                  // 1: in flight
  uut.answer(uut.send(3), unavailable(true)); // 2: open, may be stored
  uut.wake();
  uut.add(2); // 3: open
  uut.uut.abandon(uut.decided);
  uut.check_clock();
  ASSERT_FALSE(uut.decided.empty());
  EXPECT_EQ(uut.decided[0].why.http_status, 0);
  EXPECT_EQ(uut.news(),
            (strings{"1[0,3) shutdown x1 uncertain",
                     "2[0,3) shutdown x1 uncertain", "3[0,2) shutdown x0"}));
  EXPECT_TRUE(uut.uut.empty());
  EXPECT_EQ(uut.uut.open_rows(), 0u);
  uut.answer(flying, stored());
  uut.uut.abandon(uut.decided);
  EXPECT_EQ(uut.news(), strings{});
}

TEST(lane, decides_rows_with_a_wait_of_their_own_when_its_time_is_over) {
  driver uut{eager()};
  uut.answer(uut.send(3), partial({bad(1, row_verdict::later, "timeout"),
                                   bad(2, row_verdict::again, "stopped")}));
  EXPECT_EQ(uut.news(), (strings{"1[0,1) stored x1"}));
  uut.uut.abandon(uut.decided);
  EXPECT_EQ(uut.news(), (strings{"1[1,2) shutdown x1", "1[2,3) shutdown x0"}));
  EXPECT_TRUE(uut.uut.empty());
}

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

// -- any schedule -------------------------------------------------------------

namespace {

/// Throws random events at a lane, and keeps its own books of each row.
struct chaos {
  explicit chaos(std::uint32_t seed) : dice(seed) {
    options.batch.rows = below(3) == 0 ? 1 : 20;
    options.batch.max_rows = 1 + below(25);
    options.batch.max_bytes = below(2) == 0 ? 2500 : 5u << 20;
    std::uint32_t tries[] = {0, 1, 2, 3, 10, retry_options::unlimited};
    options.retry.max_attempts = tries[below(6)];
    std::chrono::milliseconds ages[] = {0ms, 5s, 1min, 24h};
    options.retry.max_age = ages[below(4)];
    options.retry.missing_table_grace = below(2) == 0 ? 0ms : 10'000'000ms;
    uut.emplace(options, 0);
  }

  struct row {
    enum { waiting, flying, decided } where = waiting;
    /// Of a 401 nobody but the lane knows whether it counts.
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    bool uncertain = false;
  };

  using key = std::pair<std::uint64_t, std::uint32_t>;

  std::minstd_rand dice;
  table_options options;
  std::optional<lane> uut;
  std::uint32_t generation = 0;
  time_point now = t0;
  std::map<std::uint64_t, held_block_ptr> blocks;
  std::map<key, row> rows;
  std::vector<batch_ptr> flying;
  std::vector<batch_result> past;

  std::uint32_t below(std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>{0, n - 1}(dice);
  }

  bool once_in(std::uint32_t n) {
    return below(n) == 0;
  }

  template <class F>
  static void each_row(const batch& x, F f) {
    std::uint32_t at = 0;
    for (auto& y : x.slices)
      for (auto i = y.rows.from; i < y.rows.to; ++i)
        f(at++, key{y.source->number, i}, y);
  }

  bool old(const key& x) {
    return now - blocks[x.first]->admitted >= options.retry.max_age;
  }

  bool last_try(const key& x, std::uint32_t attempts) {
    return attempts >= std::max(options.retry.max_attempts, 1u) || old(x);
  }

  /// Books decisions row by row, after a `check` of each.
  template <class F>
  void book(const std::vector<decision>& xs, F check) {
    for (auto& x : xs) {
      EXPECT_LT(x.rows.from, x.rows.to);
      for (auto i = x.rows.from; i < x.rows.to; ++i) {
        key k{x.source->number, i};
        auto found = rows.find(k);
        if (found == rows.end())
          throw std::logic_error("a row that was never added");
        auto& y = found->second;
        EXPECT_NE(y.where, row::decided) << "row decided twice";
        EXPECT_GE(x.attempts, y.least);
        EXPECT_LE(x.attempts, y.most);
        EXPECT_EQ(x.stored ? x.possibly_duplicated : x.why.uncertain,
                  y.uncertain)
          << x.why.reason;
        EXPECT_EQ(x.stored, x.why.reason.empty());
        check(k, y, x);
        y.where = row::decided;
      }
    }
  }

  void add() {
    auto number = blocks.size() + 1;
    auto n = 1 + below(30);
    auto admitted = now - std::chrono::seconds{once_in(4) ? below(20) : 0};
    auto x = make_block(number, n, admitted, 1 + below(200));
    blocks[number] = x;
    for (std::uint32_t i = 0; i < n; ++i)
      rows[{number, i}] = {};
    uut->add(x, {0, n}, now);
  }

  void cut() {
    auto was_ready = uut->ready(now);
    std::vector<decision> decided;
    auto x = uut->cut(now, decided);
    book(decided, [&](const key& k, const row& y, const decision& z) {
      EXPECT_EQ(z.why.reason, "expired");
      EXPECT_EQ(y.where, row::waiting);
      EXPECT_GT(z.attempts, 0u);
      EXPECT_TRUE(old(k));
    });
    if (!x) {
      EXPECT_TRUE(!was_ready || !decided.empty());
      return;
    }
    EXPECT_TRUE(was_ready);
    EXPECT_GT(x->rows, 0u);
    EXPECT_LE(x->rows, options.batch.max_rows);
    for (auto& y : flying)
      EXPECT_NE(y->number, x->number);
    std::uint32_t count = 0;
    std::size_t bytes = http::body_framing;
    each_row(*x, [&](std::uint32_t, const key& k, const slice& y) {
      auto& z = rows.at(k);
      EXPECT_EQ(z.where, row::waiting);
      EXPECT_GE(y.attempts, z.least + 1);
      EXPECT_LE(y.attempts, z.most + 1);
      EXPECT_EQ(y.uncertain, z.uncertain);
      EXPECT_FALSE(y.attempts > 1 && old(k));
      z.where = row::flying;
      z.least = z.most = y.attempts;
      bytes += around_row + y.source->rows.bytes->row(k.second).size();
      ++count;
    });
    EXPECT_EQ(count, x->rows);
    EXPECT_TRUE(count == 1 || bytes <= options.batch.max_bytes);
    flying.push_back(x);
  }

  batch_result any_result(const batch& x) {
    batch_result result;
    result.number = x.number;
    result.unsent_from = once_in(6) ? below(x.rows + 1) : x.rows;
    if (once_in(3))
      for (std::uint32_t i = 0; i < result.unsent_from; ++i)
        if (once_in(4))
          result.faults.push_back({i, "malformed", "m"});
    auto& y = result.outcome;
    cause causes[] = {cause::throttled, cause::unavailable, cause::missing,
                      cause::bad_token, cause::forbidden};
    switch (below(6)) {
      case 0:
        y = refused(verdict::fail, cause::rejected, 400, false);
        break;
      case 1:
      case 2: {
        auto why = causes[below(5)];
        y = refused(verdict::retry, why, 499,
                    why == cause::unavailable && once_in(2));
        if (once_in(5))
          y.retry_after = std::chrono::milliseconds{below(20'000)};
        break;
      }
      case 3:
        y = stored();
        break;
      default: {
        y = partial({});
        std::size_t fault = 0;
        for (std::uint32_t i = 0; i < result.unsent_from; ++i) {
          while (fault < result.faults.size() && result.faults[fault].index < i)
            ++fault;
          auto out
            = fault < result.faults.size() && result.faults[fault].index == i;
          if (!out && once_in(2)) {
            row_verdict verdicts[]
              = {row_verdict::fail, row_verdict::later, row_verdict::again};
            y.rows.push_back(bad(i, verdicts[below(3)], "named"));
          }
        }
      }
    }
    return result;
  }

  void settle(std::size_t which) {
    auto sent = flying[which];
    flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(which));
    auto x = any_result(*sent);
    auto missing = x.outcome.cause == cause::missing
                   && options.retry.missing_table_grace == 0ms;
    std::map<key, std::string> want; // reason, or empty if stored
    std::set<key> may;               // or not
    each_row(*sent, [&](std::uint32_t at, const key& k, const slice&) {
      auto& y = rows.at(k);
      auto is_bad = std::ranges::find(x.faults, at, &local_fault::index)
                    != x.faults.end();
      auto named
        = std::ranges::find(x.outcome.rows, at, &http::row_error::index);
      if (is_bad || at >= x.unsent_from) {
        y.least = --y.most;
        if (is_bad)
          want[k] = "malformed";
        else
          y.where = row::waiting;
      } else if (x.outcome.verdict == verdict::stored) {
        want[k] = "";
      } else if (x.outcome.verdict == verdict::fail) {
        want[k] = "reason400";
      } else if (x.outcome.verdict == verdict::retry) {
        y.uncertain |= x.outcome.uncertain;
        y.where = row::waiting;
        if (x.outcome.cause == cause::bad_token) {
          if (last_try(k, y.most))
            may.insert(k);
          --y.least;
        } else if (last_try(k, y.most) || missing) {
          want[k] = "reason499";
        }
      } else if (named == x.outcome.rows.end()) {
        want[k] = "";
      } else if (named->verdict == row_verdict::fail
                 || (named->verdict == row_verdict::later
                     && last_try(k, y.most))) {
        want[k] = "named";
      } else {
        y.where = row::waiting;
        if (named->verdict == row_verdict::again)
          y.least = --y.most;
      }
    });
    std::vector<decision> decided;
    uut->settle(x, now, below(1000) / 1000.0, decided);
    book(decided, [&](const key& k, const row&, const decision& y) {
      auto i = want.find(k);
      if (i != want.end()) {
        EXPECT_EQ(y.why.reason, i->second);
        EXPECT_EQ(y.stored, i->second.empty());
        want.erase(i);
      } else {
        EXPECT_TRUE(may.contains(k));
        EXPECT_EQ(y.why.reason, "reason499");
      }
    });
    EXPECT_TRUE(want.empty()) << want.size() << " rows not decided";
    past.push_back(std::move(x));
  }

  void settle_any() {
    if (!flying.empty())
      settle(below(static_cast<std::uint32_t>(flying.size())));
  }

  /// Answers a batch that was answered, or one that never was.
  void repeat() {
    auto x = batch_result{below(1000), stored(), {}, 10};
    if (!past.empty() && once_in(2)) {
      x = past[below(static_cast<std::uint32_t>(past.size()))];
      if (once_in(2))
        x.outcome = stored();
    } else if (uut->in_flight(x.number)) {
      return;
    }
    auto state = uut->state();
    auto open = uut->open_rows();
    std::vector<decision> decided;
    uut->settle(x, now, 0.5, decided);
    EXPECT_TRUE(decided.empty());
    EXPECT_EQ(uut->state(), state);
    EXPECT_EQ(uut->open_rows(), open);
  }

  /// The streamer dies; its successor gets what is in flight, then the blocks,
  /// as far as they were known to be decided when it began. Answers may come
  /// in between.
  void crash() {
    uut.emplace(options, ++generation);
    for (auto& x : flying)
      uut->adopt(x);
    std::map<std::uint64_t, std::vector<row_range>> left;
    for (auto& [k, x] : rows) {
      if (x.where == row::decided)
        continue;
      auto& ranges = left[k.first];
      if (!ranges.empty() && ranges.back().to == k.second)
        ++ranges.back().to;
      else
        ranges.push_back({k.second, k.second + 1});
      if (x.where == row::waiting) {
        x.least = x.most = 0;
        x.uncertain = false;
      }
    }
    while (once_in(2))
      settle_any();
    for (auto& [number, ranges] : left) {
      for (auto& x : ranges)
        uut->add(blocks[number], x, now);
      if (once_in(5))
        settle_any();
    }
  }

  void check_all() {
    auto wake = uut->wake_at(now);
    if (uut->ready(now)) {
      EXPECT_TRUE(wake && *wake <= now);
    } else if (wake) {
      EXPECT_GT(*wake, now);
      EXPECT_TRUE(uut->ready(*wake));
    }
    EXPECT_EQ(uut->in_flight(), flying.size());
    std::uint64_t waiting = 0;
    for (auto& [k, x] : rows)
      waiting += x.where == row::waiting ? 1 : 0;
    EXPECT_LE(uut->open_rows(), waiting);
    EXPECT_EQ(uut->empty(), waiting == 0 && flying.empty());
    EXPECT_TRUE(wake || waiting == 0 || !flying.empty())
      << "rows that nothing will ever send";
  }

  void step() {
    switch (below(12)) {
      case 0:
        add();
        break;
      case 1:
        uut->flush();
        break;
      case 2:
      case 3:
        now += std::chrono::milliseconds{below(3000)};
        break;
      case 4:
        if (auto wake = uut->wake_at(now))
          now = std::max(now, *wake);
        break;
      case 5:
        repeat();
        break;
      case 6:
        if (once_in(10))
          crash();
        break;
      case 7:
      case 8:
        settle_any();
        break;
      default:
        cut();
    }
    check_all();
  }

  /// Goes on without new rows until all are decided.
  void drain() {
    uut->drain();
    for (auto i = 0; i < 100'000 && !uut->empty(); ++i) {
      if (auto wake = uut->wake_at(now))
        now = std::max(now, *wake);
      cut();
      settle_any();
      check_all();
    }
    EXPECT_TRUE(uut->empty());
  }

  void abandon() {
    std::vector<decision> decided;
    // What is in flight may be stored.
    for (auto& x : flying)
      each_row(*x, [&](std::uint32_t, const key& k, const slice&) {
        rows.at(k).uncertain = true;
      });
    uut->abandon(decided);
    flying.clear();
    book(decided, [](const key&, const row&, const decision& x) {
      EXPECT_EQ(x.why.reason, "shutdown");
    });
    check_all();
    repeat();
  }

  void check_end() {
    EXPECT_TRUE(uut->empty());
    EXPECT_EQ(uut->open_rows(), 0u);
    for (auto& [k, x] : rows)
      EXPECT_EQ(x.where, row::decided) << k.first << ":" << k.second;
  }
};

} // namespace

TEST(lane, decides_each_row_exactly_once_whatever_happens) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    chaos uut{seed};
    for (auto i = 0; i < 200; ++i)
      uut.step();
    if (seed % 2 == 0)
      uut.drain();
    else
      uut.abandon();
    uut.check_end();
    if (testing::Test::HasFailure())
      FAIL() << "with seed " << seed;
  }
}

} // namespace bqs
