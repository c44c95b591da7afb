#include "actors/block_registry.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;

using relation = block_registry::relation;

constexpr auto t0 = time_point{} + 1000h;

const failure_reason invalid{"invalid", "words", "a.b", 200, false};
const failure_reason expired{"expired", "too old", "", 0, true};

stream_id stream(std::uint8_t n) {
  stream_id result;
  result.bytes[0] = n;
  return result;
}

ask identity(std::uint64_t first, std::uint32_t rows, std::uint8_t from = 1,
             std::string table = "events") {
  return {stream(from), first, rows, {"", "shop", std::move(table), ""}};
}

/// A registry, and blocks for it.
struct driver {
  explicit driver(std::size_t keep = 1000,
                  std::chrono::milliseconds keep_for = 10min)
    : uut(keep, keep_for) {
    // nop
  }

  block_registry uut;
  std::uint64_t last_number = 0;
  time_point now = t0;

  std::uint64_t admit(const ask& x) {
    auto bytes = std::make_shared<block_bytes>();
    bytes->json.assign(x.rows, 'x');
    for (std::uint32_t i = 1; i <= x.rows; ++i)
      bytes->ends.push_back(i);
    auto held = std::make_shared<held_block>();
    held->number = ++last_number;
    held->rows = {x.stream, x.first, x.table, bytes, {}};
    uut.admit(held);
    return last_number;
  }

  void store(std::uint64_t number, row_range rows, bool twice = false) {
    for (auto& x : uut.decide(number, rows))
      uut.store(*uut.held(number), x, twice);
  }

  void fail(std::uint64_t number, row_range rows, const failure_reason& why) {
    for (auto& x : uut.decide(number, rows))
      uut.fail(*uut.held(number), x, why);
  }

  receipt_ptr close(std::uint64_t number) {
    return uut.close(number, now);
  }

  /// Admits a block whose rows are stored at once.
  receipt_ptr pass(const ask& x) {
    auto number = admit(x);
    store(number, {0, x.rows});
    return close(number);
  }

  relation how(const ask& x) const {
    return uut.find(x).how;
  }
};

} // namespace

TEST(block_registry, knows_no_block_at_first) {
  driver uut;
  EXPECT_EQ(uut.how(identity(0, 10)), relation::fresh);
  EXPECT_EQ(uut.how(identity(0, 0)), relation::fresh);
  EXPECT_EQ(uut.uut.held(0), nullptr);
  EXPECT_EQ(uut.uut.held(1), nullptr);
  EXPECT_TRUE(uut.uut.all_held().empty());
  EXPECT_TRUE(uut.uut.decide(1, {0, 10}).empty());
  EXPECT_EQ(uut.close(1), nullptr);
}

TEST(block_registry, tells_a_block_that_came_twice_from_one_that_overlaps) {
  struct {
    ask x;
    relation want; // `held` stands for the same block
  } cases[] = {
    {identity(100, 10), relation::held},
    // Beside it.
    {identity(90, 10), relation::fresh},
    {identity(110, 10), relation::fresh},
    {identity(0, 1), relation::fresh},
    {identity(500, 1), relation::fresh},
    // Overlaps: left, right, inside, around.
    {identity(90, 11), relation::conflict},
    {identity(99, 10), relation::conflict},
    {identity(101, 10), relation::conflict},
    {identity(109, 10), relation::conflict},
    {identity(102, 5), relation::conflict},
    {identity(109, 1), relation::conflict},
    {identity(90, 100), relation::conflict},
    {identity(0, UINT32_MAX), relation::conflict},
    // Another length from the same row on, or to the same row.
    {identity(100, 9), relation::conflict},
    {identity(100, 11), relation::conflict},
    {identity(100, 1), relation::conflict},
    {identity(95, 15), relation::conflict},
    {identity(105, 5), relation::conflict},
    // Another table.
    {identity(100, 10, 1, "orders"), relation::conflict},
    {identity(100, 10, 1, "events$20260131"), relation::conflict},
    {identity(90, 10, 1, "orders"), relation::fresh},
    // Another stream.
    {identity(100, 10, 2), relation::fresh},
    {identity(95, 10, 2), relation::fresh},
    // Nothing at all.
    {identity(100, 0), relation::fresh},
    {identity(105, 0), relation::fresh},
  };
  for (auto settled : {false, true}) {
    driver uut;
    auto number = uut.admit(identity(100, 10));
    if (settled) {
      uut.store(number, {0, 10});
      ASSERT_TRUE(uut.close(number));
    }
    for (auto& x : cases) {
      auto want
        = settled && x.want == relation::held ? relation::settled : x.want;
      auto found = uut.uut.find(x.x);
      EXPECT_EQ(found.how, want) << x.x.first << "+" << x.x.rows;
      EXPECT_EQ(found.number, want == relation::held ? 1u : 0u);
      EXPECT_EQ(found.outcome != nullptr, want == relation::settled);
    }
  }
}

TEST(block_registry, finds_overlaps_with_any_of_several_blocks) {
  driver uut;
  for (auto first : {0, 10, 20, 40})
    uut.admit(identity(static_cast<std::uint64_t>(first), 10));
  struct {
    ask x;
    relation want;
  } cases[] = {
    {identity(0, 10), relation::held},
    {identity(20, 10), relation::held},
    {identity(30, 10), relation::fresh},
    {identity(50, 10), relation::fresh},
    {identity(0, 20), relation::conflict},
    {identity(5, 10), relation::conflict},
    {identity(10, 20), relation::conflict},
    {identity(25, 10), relation::conflict},
    {identity(30, 11), relation::conflict},
    {identity(29, 12), relation::conflict},
    {identity(0, 100), relation::conflict},
  };
  for (auto& x : cases)
    EXPECT_EQ(uut.how(x.x), x.want) << x.x.first << "+" << x.x.rows;
}

TEST(block_registry, looks_at_the_last_numbers_of_a_stream) {
  constexpr auto last = UINT64_MAX - 10;
  driver uut;
  uut.admit(identity(last, 10));
  uut.admit(identity(0, 10));
  EXPECT_EQ(uut.how(identity(last, 10)), relation::held);
  EXPECT_EQ(uut.how(identity(last - 5, 5)), relation::fresh);
  EXPECT_EQ(uut.how(identity(last - 5, 6)), relation::conflict);
  // Beyond the last number: no block can be that, whatever someone asks.
  EXPECT_EQ(uut.how(identity(last, 20)), relation::conflict);
  EXPECT_EQ(uut.how(identity(UINT64_MAX, UINT32_MAX)), relation::fresh);
}

TEST(block_registry, holds_a_block_until_its_last_row_is_settled) {
  driver uut;
  auto number = uut.admit(identity(100, 10));
  auto x = uut.uut.held(number);
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->source->number, number);
  EXPECT_EQ(x->outcome.rows, 10u);
  EXPECT_EQ(x->settled, 0u);
  EXPECT_EQ(uut.uut.all_held().size(), 1u);
  uut.store(number, {0, 4});
  EXPECT_EQ(uut.close(number), nullptr);
  uut.fail(number, {4, 9}, invalid);
  EXPECT_EQ(x->settled, 9u);
  EXPECT_EQ(uut.close(number), nullptr);
  EXPECT_EQ(uut.how(identity(100, 10)), relation::held);
  uut.store(number, {9, 10});
  EXPECT_TRUE(uut.close(number));
  EXPECT_EQ(uut.uut.held(number), nullptr);
  EXPECT_TRUE(uut.uut.all_held().empty());
  EXPECT_EQ(uut.close(number), nullptr);
  EXPECT_TRUE(uut.uut.decide(number, {0, 10}).empty());
}

TEST(block_registry, lets_go_of_the_rows_with_the_receipt) {
  driver uut;
  auto number = uut.admit(identity(0, 10));
  std::weak_ptr<const held_block> rows = uut.uut.held(number)->source;
  uut.store(number, {0, 10});
  EXPECT_FALSE(rows.expired());
  ASSERT_TRUE(uut.close(number));
  EXPECT_TRUE(rows.expired());
}

TEST(block_registry, does_not_settle_rows_that_are_only_claimed) {
  driver uut;
  auto number = uut.admit(identity(0, 10));
  EXPECT_EQ(uut.uut.decide(number, {0, 10}).size(), 1u);
  EXPECT_EQ(uut.uut.held(number)->settled, 0u);
  EXPECT_EQ(uut.close(number), nullptr); // the collector has not taken it in
  uut.uut.fail(*uut.uut.held(number), {0, 10}, invalid);
  EXPECT_TRUE(uut.close(number));
}

TEST(block_registry, lets_the_first_decision_about_a_row_win) {
  using ranges = std::vector<row_range>;
  driver uut;
  auto number = uut.admit(identity(0, 10));
  EXPECT_EQ(uut.uut.decide(number, {2, 5}), (ranges{{2, 5}}));
  EXPECT_EQ(uut.uut.decide(number, {2, 5}), ranges{});
  EXPECT_EQ(uut.uut.decide(number, {3, 4}), ranges{});
  EXPECT_EQ(uut.uut.decide(number, {4, 7}), (ranges{{5, 7}}));
  EXPECT_EQ(uut.uut.decide(number, {0, 9}), (ranges{{0, 2}, {7, 9}}));
  // Rows that the block does not have are nobody's.
  EXPECT_EQ(uut.uut.decide(number, {8, 99}), (ranges{{9, 10}}));
  EXPECT_EQ(uut.uut.decide(number, {20, 30}), ranges{});
  EXPECT_EQ(uut.uut.decide(number + 1, {0, 10}), ranges{});
}

TEST(block_registry, writes_a_receipt_that_accounts_for_each_row) {
  driver uut;
  auto number = uut.admit(identity(1000, 10));
  uut.store(number, {0, 3});
  uut.fail(number, {8, 9}, expired);
  uut.store(number, {3, 5}, true);
  uut.fail(number, {5, 7}, invalid);
  uut.store(number, {7, 8});
  uut.fail(number, {9, 10}, invalid);
  auto x = uut.close(number);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->stream, stream(1));
  EXPECT_EQ(x->first, 1000u);
  EXPECT_EQ(x->rows, 10u);
  EXPECT_EQ(x->table.table, "events");
  EXPECT_EQ(x->stored, 6u);
  EXPECT_EQ(x->possibly_duplicated, 2u);
  EXPECT_EQ(x->reasons, (std::vector{expired, invalid}));
  EXPECT_EQ(x->failures, (std::vector<failed_range>{
                           {1005, 2, 1}, {1008, 1, 0}, {1009, 1, 1}}));
  EXPECT_EQ(uut.uut.find(identity(1000, 10)).outcome, x);
}

TEST(block_registry, joins_neighbours_that_failed_for_the_same_reason) {
  struct {
    std::vector<std::pair<row_range, failure_reason>> failed;
    std::vector<failed_range> want;
  } cases[] = {
    {{{{0, 10}, invalid}}, {{0, 10, 0}}},
    {{{{0, 5}, invalid}, {{5, 10}, invalid}}, {{0, 10, 0}}},
    {{{{5, 10}, invalid}, {{0, 5}, invalid}}, {{0, 10, 0}}},
    {{{{5, 6}, invalid}, {{7, 8}, invalid}}, {{5, 1, 0}, {7, 1, 0}}},
    {{{{7, 8}, invalid}, {{5, 6}, invalid}, {{6, 7}, invalid}}, {{5, 3, 0}}},
    {{{{0, 2}, invalid}, {{2, 4}, expired}, {{4, 6}, invalid}},
     {{0, 2, 0}, {2, 2, 1}, {4, 2, 0}}},
    {{{{0, 1}, invalid},
      {{2, 3}, expired},
      {{1, 2}, invalid},
      {{4, 5}, invalid},
      {{3, 4}, expired}},
     {{0, 2, 0}, {2, 2, 1}, {4, 1, 0}}},
    {{}, {}},
  };
  for (auto& x : cases) {
    driver uut;
    auto number = uut.admit(identity(0, 10));
    for (auto& [rows, why] : x.failed)
      uut.fail(number, rows, why);
    uut.store(number, {0, 10}); // the rest
    auto y = uut.close(number);
    ASSERT_TRUE(y);
    EXPECT_EQ(y->failures, x.want);
  }
}

TEST(block_registry, tells_only_so_many_reasons_apart) {
  constexpr auto most
    = static_cast<std::uint32_t>(block_registry::most_reasons);
  for (auto reasons : {most - 1, most, most + 1, most + 2, 10 * most}) {
    driver uut;
    auto number = uut.admit(identity(0, 2 * reasons));
    auto reason = [](std::uint32_t i) {
      return failure_reason{
        "invalid", "row " + std::to_string(i), {}, 200, false};
    };
    // Each reason twice, not beside the first.
    for (std::uint32_t i = 0; i < 2 * reasons; ++i)
      uut.fail(number, {i, i + 1}, reason(i % reasons));
    auto x = uut.close(number);
    ASSERT_TRUE(x);
    auto apart = std::min(reasons, most);
    EXPECT_EQ(x->reasons.size(), apart + (reasons > most ? 1 : 0));
    if (reasons > most) {
      EXPECT_EQ(x->reasons.back().reason, "various");
      EXPECT_LE(x->failures.size(), 2 * (most + 1));
    }
    std::uint64_t at = 0;
    for (auto& y : x->failures) {
      EXPECT_EQ(y.first, at);
      at += y.rows;
      ASSERT_LT(y.reason, x->reasons.size());
      auto number_in_order = static_cast<std::uint32_t>(y.first) % reasons;
      if (y.reason < apart) {
        EXPECT_EQ(x->reasons[y.reason], reason(number_in_order));
      } else {
        EXPECT_GE(number_in_order, most);
      }
    }
    EXPECT_EQ(at, 2 * reasons);
  }
}

TEST(block_registry, remembers_only_so_many_receipts) {
  for (std::size_t keep : {0u, 1u, 3u}) {
    driver uut{keep};
    for (std::uint64_t i = 0; i < 10; ++i) {
      auto x = uut.pass(identity(10 * i, 10));
      ASSERT_TRUE(x);
      EXPECT_EQ(x->first, 10 * i);
    }
    for (std::uint64_t i = 0; i < 10; ++i)
      EXPECT_EQ(uut.how(identity(10 * i, 10)),
                i + keep >= 10 ? relation::settled : relation::fresh);
  }
}

TEST(block_registry, remembers_receipts_only_so_long) {
  driver uut{1000, 10min};
  uut.pass(identity(0, 10));
  uut.now += 1min;
  uut.pass(identity(10, 10));
  uut.uut.forget(t0 + 10min - 1ns);
  EXPECT_EQ(uut.how(identity(0, 10)), relation::settled);
  uut.uut.forget(t0 + 10min);
  EXPECT_EQ(uut.how(identity(0, 10)), relation::fresh);
  EXPECT_EQ(uut.how(identity(10, 10)), relation::settled);
  uut.uut.forget(t0 + 24h);
  EXPECT_EQ(uut.how(identity(10, 10)), relation::fresh);
  uut.uut.forget(t0 + 25h);
}

TEST(block_registry, counts_the_time_from_the_receipt_and_not_from_the_block) {
  driver uut{1000, 10min};
  auto number = uut.admit(identity(0, 10));
  uut.now += 1h;
  uut.uut.forget(uut.now);
  EXPECT_EQ(uut.how(identity(0, 10)), relation::held);
  uut.store(number, {0, 10});
  ASSERT_TRUE(uut.close(number));
  uut.uut.forget(uut.now + 9min);
  EXPECT_EQ(uut.how(identity(0, 10)), relation::settled);
}

TEST(block_registry, remembers_receipts_of_only_so_many_bytes) {
  constexpr std::size_t message = 64u << 10;
  driver uut{1'000'000};
  auto pass = [&](std::uint64_t first) {
    auto number = uut.admit(identity(first, 10));
    uut.fail(number, {0, 10},
             {"invalid", std::string(message, 'm'), {}, 200, false});
    return uut.close(number);
  };
  constexpr std::uint64_t most
    = block_registry::most_remembered_bytes / message;
  for (std::uint64_t i = 0; i <= 2 * most; ++i)
    ASSERT_TRUE(pass(10 * i));
  std::uint64_t remembered = 0;
  for (std::uint64_t i = 0; i <= 2 * most; ++i)
    if (uut.how(identity(10 * i, 10)) == relation::settled)
      ++remembered;
  EXPECT_LE(remembered, most);
  EXPECT_GE(remembered, most * 9 / 10);
  EXPECT_EQ(uut.how(identity(20 * most, 10)), relation::settled);
  EXPECT_EQ(uut.how(identity(0, 10)), relation::fresh);
}

TEST(block_registry, takes_a_forgotten_block_for_a_new_one) {
  driver uut{1};
  uut.pass(identity(0, 10));
  uut.pass(identity(100, 10));
  // Other borders than the first time.
  EXPECT_EQ(uut.how(identity(5, 10)), relation::fresh);
  auto number = uut.admit(identity(5, 10));
  EXPECT_EQ(uut.how(identity(0, 10)), relation::conflict);
  EXPECT_EQ(uut.how(identity(5, 10)), relation::held);
  uut.uut.forget(t0 + 24h); // the other one's receipt
  EXPECT_EQ(uut.how(identity(5, 10)), relation::held);
  uut.store(number, {0, 10});
  EXPECT_TRUE(uut.close(number));
}

TEST(block_registry, balances_whatever_comes_in_whatever_order) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    std::minstd_rand dice{seed};
    auto below = [&](std::uint32_t n) {
      return std::uniform_int_distribution<std::uint32_t>{0, n - 1}(dice);
    };
    driver uut;
    auto rows = 1 + below(200);
    auto number = uut.admit(identity(50, rows));
    std::vector<int> fate(rows, -1); // stored, twice, or 2 + reason
    receipt_ptr done;
    for (auto i = 0; i < 10'000 && !done; ++i) {
      auto from = below(rows);
      row_range piece{from, from + 1 + below(20)};
      auto what = static_cast<int>(below(5));
      for (auto row = piece.from; row < std::min(piece.to, rows); ++row)
        if (fate[row] < 0)
          fate[row] = what;
      if (what < 2)
        uut.store(number, piece, what == 1);
      else
        uut.fail(number, piece, {std::to_string(what), {}, {}, 0, false});
      done = uut.close(number);
    }
    ASSERT_TRUE(done);
    EXPECT_EQ(done->stored, std::ranges::count_if(
                              fate, [](int x) { return x == 0 || x == 1; }));
    EXPECT_EQ(done->possibly_duplicated, std::ranges::count(fate, 1));
    auto last = std::uint64_t{0};
    for (auto& x : done->failures) {
      EXPECT_GE(x.first, last);
      last = x.first + x.rows;
      for (auto row = x.first; row < last; ++row) {
        EXPECT_EQ(std::to_string(fate.at(row - 50)),
                  done->reasons.at(x.reason).reason);
        fate.at(row - 50) = 0;
      }
    }
    EXPECT_TRUE(std::ranges::all_of(fate, [](int x) { return x < 2; }));
    if (testing::Test::HasFailure())
      FAIL() << "with seed " << seed;
  }
}

} // namespace bqs
