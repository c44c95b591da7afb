#include "actors/slot_shares.hpp"

#include <deque>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;
using ending = slot_shares::ending;

struct slots : testing::Test {
  /// Gives a table so many slots as it may have, `most` at most.
  std::size_t take(const std::string& table, bool borrow = false,
                   std::size_t most = 100) {
    std::size_t n = 0;
    while (n < most && uut.any_free(now) && uut.may_take(table, borrow, now)) {
      uut.take(table, now);
      open.emplace_back(table, now);
      ++n;
    }
    return n;
  }

  /// Ends the oldest request of a table.
  void end(const std::string& table, ending how = ending::answered) {
    for (auto i = open.begin(); i != open.end(); ++i)
      if (i->first == table) {
        uut.give_back(table, i->second, how, now);
        open.erase(i);
        return;
      }
    FAIL() << table;
  }

  /// One request of a table that takes `time`.
  void request(const std::string& table, std::chrono::milliseconds time,
               ending how = ending::answered) {
    ASSERT_EQ(take(table, false, 1), 1u);
    now += time;
    end(table, how);
  }

  /// Makes `n` tables active.
  void want(int n) {
    for (auto i = 0; i < n; ++i)
      uut.want("t" + std::to_string(i), now);
  }

  slot_shares uut{8, 8};
  time_point now = time_point{} + 1000h;
  std::deque<std::pair<std::string, time_point>> open;
};

} // namespace

TEST_F(slots, a_table_alone_uses_all) {
  EXPECT_EQ(take("a"), 8u);
}

TEST_F(slots, a_table_alone_uses_all_however_slow_it_is) {
  request("a", 30s, ending::timed_out);
  EXPECT_EQ(take("a"), 8u);
  now += 30s;
  end("a", ending::timed_out);
  EXPECT_EQ(take("a"), 1u);
}

TEST_F(slots, are_divided_by_the_tables_rounded_up) {
  for (auto [tables, share] :
       {std::pair{2, 4u}, {3, 3u}, {5, 2u}, {8, 1u}, {50, 1u}}) {
    slot_shares fresh{8, 8};
    std::swap(uut, fresh);
    want(tables);
    EXPECT_EQ(take("t0"), share) << tables;
  }
}

TEST_F(slots, may_be_borrowed_while_more_than_half_are_free) {
  want(8);
  EXPECT_EQ(take("t0"), 1u);
  EXPECT_EQ(take("t0", true), 3u);
  EXPECT_EQ(uut.used(), 4u);
  EXPECT_EQ(take("t1"), 1u); // a share is always there
  EXPECT_EQ(take("t1", true), 0u);
}

TEST_F(slots, a_table_that_was_not_seen_for_ten_seconds_does_not_count) {
  want(2);
  EXPECT_EQ(take("t0"), 4u);
  now += 9s;
  EXPECT_EQ(take("t0"), 0u);
  now += 2s;
  EXPECT_EQ(take("t0"), 4u);
  // It is back.
  uut.want("t1", now);
  end("t0");
  EXPECT_EQ(take("t0"), 0u);
}

TEST_F(slots, after_a_timeout_a_table_uses_one) {
  want(2);
  request("t1", 10ms); // so that t0 is not alone
  request("t0", 900ms, ending::timed_out);
  EXPECT_EQ(take("t0"), 1u);
  EXPECT_EQ(take("t0", true), 0u);
  EXPECT_TRUE(uut.is_restrained("t0", now));
  end("t0", ending::unused); // tells nothing
  EXPECT_EQ(take("t0"), 1u);
  end("t0", ending::failed);
  EXPECT_EQ(take("t0"), 4u);
}

TEST_F(slots, slow_tables_use_half_together) {
  want(3);
  EXPECT_EQ(take("t0", false, 2), 2u);
  EXPECT_EQ(take("t1", false, 2), 2u);
  now += 2s;
  uut.want("t2", now);
  EXPECT_EQ(take("t0"), 0u); // its share is three
  EXPECT_EQ(take("t1"), 0u);
  EXPECT_EQ(take("t2"), 3u);
  EXPECT_TRUE(uut.is_restrained("t0", now));
  EXPECT_FALSE(uut.is_restrained("t2", now));
  end("t0", ending::failed);
  EXPECT_EQ(take("t0"), 1u);
  EXPECT_EQ(take("t0"), 0u);
}

TEST_F(slots, what_slow_tables_have_is_beside_those_of_others) {
  uut = slot_shares{8, 32};
  want(8);
  EXPECT_EQ(take("t0", true), 4u);
  now += 2s;
  EXPECT_EQ(take("t0", true), 0u); // slow tables have their half
  EXPECT_EQ(take("t1", true), 4u);
  for (auto i = 2; i < 6; ++i)
    EXPECT_EQ(take("t" + std::to_string(i)), 1u);
  EXPECT_EQ(uut.lively(now), 8u);
  EXPECT_FALSE(uut.any_free(now));
}

TEST_F(slots, half_of_what_slow_tables_leave_is_kept_free) {
  want(8);
  EXPECT_EQ(take("t0", true), 4u);
  now += 2s;
  EXPECT_EQ(take("t1", true), 2u);
  now += 2s;
  EXPECT_EQ(take("t2", true), 1u);
  now += 2s; // whoever hangs, there is one for the next
  EXPECT_EQ(take("t3"), 1u);
  EXPECT_FALSE(uut.any_free(now));
}

TEST_F(slots, a_slow_table_is_slow_until_it_was_quick_once) {
  want(2);
  request("t0", 5s);
  for (auto i = 0; i < 10; ++i)
    request("t1", 10ms);
  uut.want("t2", now);
  take("t0", false, 2);
  now += 2s;
  take("t3", false, 2);
  now += 2s; // t0 and t3 are slow and use four
  EXPECT_EQ(uut.used(), 4u);
  EXPECT_EQ(take("t0"), 0u);
  end("t0");
  end("t0");
  // Nothing of it is under way, but its last one was slow.
  EXPECT_EQ(take("t0"), 2u);
  EXPECT_EQ(take("t0"), 0u);
}

TEST_F(slots, nothing_is_slow_that_is_like_the_others) {
  want(4);
  for (auto i = 0; i < 20; ++i)
    request("t" + std::to_string(i % 4), 5s);
  take("t0", false, 2);
  take("t1", false, 2);
  now += 10s; // under four times the median
  want(4);
  EXPECT_EQ(take("t2"), 2u);
  EXPECT_EQ(take("t3"), 2u);
  end("t0");
  EXPECT_EQ(take("t0"), 1u);
}

TEST_F(slots, failures_do_not_make_the_median) {
  want(2);
  for (auto i = 0; i < 20; ++i)
    request("t0", 2s);
  for (auto i = 0; i < 100; ++i)
    request("t1", 1ms, ending::failed);
  take("t0", false, 4);
  now += 7s; // under eight
  uut.want("t1", now);
  end("t0");
  EXPECT_EQ(take("t0"), 1u);
}

TEST_F(slots, of_tables_that_are_gone_nothing_is_kept) {
  want(1000);
  EXPECT_EQ(take("t0", false, 1), 1u);
  now += 61s;
  uut.want("new", now);
  EXPECT_EQ(uut.size(), 2u); // one has a slot
  end("t0");
  EXPECT_EQ(uut.used(), 0u);
}

TEST_F(slots, what_was_never_taken_is_not_given_back) {
  uut.give_back("a", now, ending::answered, now);
  EXPECT_EQ(take("a"), 8u);
}

} // namespace bqs
