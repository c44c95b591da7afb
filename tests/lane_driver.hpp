#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/lane.hpp"
#include "http/body.hpp"

// A lane, its clock and answers for it, for the suites of lanes.
namespace bqs {

using http::cause;
using http::row_verdict;
using http::verdict;

/// When each test begins.
constexpr auto t0 = time_point{} + 1000h;

/// What a row adds to a body beside its JSON.
constexpr std::size_t around_row = http::row_framing + 43;

inline held_block_ptr make_block(std::uint64_t number, std::uint32_t rows,
                                 time_point admitted = t0,
                                 std::size_t row_bytes = 10,
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

inline http::outcome stored() {
  http::outcome result;
  result.verdict = verdict::stored;
  result.status = 200;
  return result;
}

inline http::outcome refused(verdict what, cause why, int status,
                             bool uncertain) {
  http::outcome result;
  result.verdict = what;
  result.cause = why;
  result.status = status;
  result.uncertain = uncertain;
  result.reason = "reason" + std::to_string(status);
  result.message = "words";
  return result;
}

inline http::outcome unavailable(bool uncertain = false) {
  return refused(verdict::retry, cause::unavailable, 503, uncertain);
}

inline http::outcome missing() {
  return refused(verdict::retry, cause::missing, 404, false);
}

inline http::outcome bad_token() {
  return refused(verdict::retry, cause::bad_token, 401, false);
}

inline http::row_error bad(std::uint32_t index, row_verdict what,
                           std::string reason) {
  return {index, what, std::move(reason), "words", "a.b"};
}

inline http::outcome partial(std::vector<http::row_error> rows) {
  http::outcome result;
  result.verdict = verdict::partial;
  result.status = 200;
  result.rows = std::move(rows);
  return result;
}

// -- words --------------------------------------------------------------------

inline std::string text(const held_block_ptr& source, row_range rows) {
  return std::to_string(source->number) + "[" + std::to_string(rows.from) + ","
         + std::to_string(rows.to) + ")";
}

inline std::string text(const decision& x) {
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
inline strings told(std::vector<decision> xs) {
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
inline strings told(const batch_ptr& x) {
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

inline table_options eager() {
  table_options result;
  result.batch.rows = 1;
  return result;
}

/// Whether some rows of a lane would be too old at a time.
inline bool expires(lane x, time_point when) {
  std::vector<decision> decided;
  x.expire(when, decided);
  return !decided.empty();
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
      EXPECT_FALSE(uut.ready(*wake - 1ns));
      EXPECT_TRUE(*wake > now || expires(uut, now));
      EXPECT_TRUE(uut.ready(*wake) || expires(uut, *wake));
    } else {
      EXPECT_TRUE(uut.open_rows() == 0 || uut.in_flight() > 0);
      EXPECT_TRUE(uut.empty() || uut.in_flight() > 0);
    }
  }
};

/// Rows that are open again, ready or not, as the next batch would have them.
inline strings next_rows(driver& x) {
  x.wake();
  return told(x.cut());
}

} // namespace bqs
