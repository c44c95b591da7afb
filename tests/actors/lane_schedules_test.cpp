#include "actors/lane.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

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
    options.retry.bisect_requests = below(2) == 0 ? 0 : 1'000'000;
    options.retry.probe_rows = 1 + below(30);
    uut.emplace(options, 0);
  }

  struct row {
    enum { waiting, flying, decided } where = waiting;
    /// Of a 401 nobody but the lane knows whether it counts.
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    bool uncertain = false;
    /// Crashes over batches with this row that did not end in halves.
    std::uint32_t crashes = 0;
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
    auto troubled = uut->state().state != table_state::ok;
    std::vector<decision> decided;
    auto x = uut->cut(now, decided);
    book(decided, [&](const key& k, const row& y, const decision& z) {
      EXPECT_EQ(z.why.reason, "expired");
      EXPECT_EQ(y.where, row::waiting);
      EXPECT_TRUE(z.attempts > 0 || troubled);
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
                      cause::bad_token, cause::forbidden,   cause::crashed};
    cause refusals[] = {cause::rejected, cause::too_large, cause::nameless};
    switch (below(6)) {
      case 0:
        y = refused(verdict::fail, refusals[below(3)], 400, false);
        break;
      case 1:
      case 2: {
        auto why = causes[below(6)];
        y = refused(verdict::retry, why, 499,
                    why == cause::crashed
                      || (why == cause::unavailable && once_in(2)));
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
    auto is_fault = [&](std::uint32_t at) {
      return std::ranges::find(x.faults, at, &local_fault::index)
             != x.faults.end();
    };
    std::uint32_t judged = 0;
    auto crashed_before = false;
    each_row(*sent, [&](std::uint32_t at, const key& k, const slice&) {
      if (is_fault(at) || at >= x.unsent_from)
        return;
      ++judged;
      crashed_before |= rows.at(k).crashes > 0;
    });
    auto why = x.outcome.cause;
    auto halved
      = judged > 1
        && (why == cause::too_large
            || (why == cause::nameless && options.retry.bisect_requests > 0)
            || (why == cause::crashed && crashed_before));
    each_row(*sent, [&](std::uint32_t at, const key& k, const slice&) {
      auto& y = rows.at(k);
      auto is_bad = is_fault(at);
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
        if (halved) {
          y.where = row::waiting;
          y.least = --y.most;
        } else {
          want[k] = why == cause::too_large ? "too_large" : "reason400";
        }
      } else if (x.outcome.verdict == verdict::retry) {
        y.uncertain |= x.outcome.uncertain;
        y.where = row::waiting;
        if (why == cause::crashed)
          y.crashes = halved ? 0 : y.crashes + 1;
        if (why == cause::crashed && crashed_before && !halved) {
          want[k] = "poisoned";
        } else if (x.outcome.cause == cause::bad_token) {
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
        x.least = x.most = x.crashes = 0;
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
      EXPECT_TRUE(*wake > now || expires(*uut, now));
      EXPECT_TRUE(uut->ready(*wake) || expires(*uut, *wake));
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
