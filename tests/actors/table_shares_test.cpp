#include "actors/table_shares.hpp"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace bqs {

namespace {

constexpr auto most = std::numeric_limits<std::size_t>::max();

const table_ref events{"", "shop", "events", ""};
const table_ref other{"", "shop", "other", ""};

/// Holds `bytes` of a budget for a table.
lease hold(table_shares& uut, const std::shared_ptr<budget>& room,
           const table_ref& table, std::size_t bytes) {
  EXPECT_TRUE(room->reserve(bytes));
  lease result{room, bytes};
  result.charge(uut.of(table).held);
  return result;
}

/// Fills a budget of 1200 bytes by blocks of 10, as long as they are admitted.
std::vector<std::size_t> fill(bool well, std::size_t tables) {
  auto room = std::make_shared<budget>(1200);
  table_shares uut{"home"};
  std::vector<lease> leases;
  std::vector<std::size_t> result(tables);
  for (auto more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < tables; ++i) {
      auto& share = uut.of({"", "shop", std::to_string(i), ""});
      share.well = well;
      if (!room->reserve(10))
        continue;
      lease x{room, 10};
      if (share.admits(10, room->limit() - room->used())) {
        x.charge(share.held);
        leases.push_back(std::move(x));
        result[i] += 10;
        more = true;
      }
    }
  }
  return result;
}

} // namespace

TEST(table_shares, limit_follows_what_is_free) {
  struct {
    std::size_t free;
    bool well;
    std::size_t want;
  } cases[] = {
    {0, true, 0},       {0, false, 0},           {1, true, 3},
    {1, false, 0},      {300, true, 900},        {300, false, 100},
    {most, true, most}, {most, false, most / 3}, {most / 3 + 1, true, most},
  };
  for (auto& x : cases)
    EXPECT_EQ(table_shares::limit(x.free, x.well), x.want) << x.free;
}

TEST(table_shares, a_table_alone_gets_three_quarters_or_one_if_sick) {
  EXPECT_EQ(fill(true, 1), (std::vector<std::size_t>{900}));
  EXPECT_EQ(fill(false, 1), (std::vector<std::size_t>{300}));
}

TEST(table_shares, many_tables_share_alike) {
  // n tables have 3n / (3n + 1) of it, or n / (n + 3) if they are sick.
  for (auto x : fill(true, 3))
    EXPECT_EQ(x, 360u);
  for (auto x : fill(false, 3))
    EXPECT_EQ(x, 200u);
}

TEST(table_shares, a_table_that_holds_nothing_may_take_one_block) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  auto all = hold(uut, room, other, 900);
  uut.of(events).well = false;
  EXPECT_TRUE(uut.of(events).admits(100, 0));
  auto one = hold(uut, room, events, 50);
  EXPECT_FALSE(uut.of(events).admits(1, 50));
  one = {};
  EXPECT_TRUE(uut.of(events).admits(100, 0));
}

TEST(table_shares, sick_tables_leave_room_for_others) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  uut.of(events).well = false;
  auto sick = hold(uut, room, events, 240);
  EXPECT_FALSE(uut.of(events).admits(20, 740));
  EXPECT_TRUE(uut.of(other).admits(500, 260));
  uut.of(events).well = true;
  EXPECT_TRUE(uut.of(events).admits(20, 740));
}

TEST(table_shares, what_is_held_beyond_the_limit_admits_nothing) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  auto much = hold(uut, room, events, 700);
  EXPECT_FALSE(uut.of(events).admits(0, 200)); // 700 > 600
  EXPECT_FALSE(uut.of(events).admits(most, 300));
}

TEST(table_shares, the_same_table_with_and_without_its_project_is_one) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  auto x = hold(uut, room, {"home", "shop", "events", ""}, 10);
  EXPECT_EQ(uut.of(events).held->bytes(), 10u);
  EXPECT_EQ(uut.of({"away", "shop", "events", ""}).held->bytes(), 0u);
  table_shares homeless{""};
  auto y = hold(homeless, room, events, 10);
  EXPECT_EQ(homeless.of({"home", "shop", "events", ""}).held->bytes(), 0u);
}

TEST(table_shares, leases_give_back_what_they_were_charged_with) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  auto x = hold(uut, room, events, 100);
  auto& held = *uut.of(events).held;
  x.merge(hold(uut, room, events, 50));
  EXPECT_EQ(held.bytes(), 150u);
  x.shrink(120);
  EXPECT_EQ(held.bytes(), 120u);
  auto y = std::move(x);
  lease z;
  z = std::move(y);
  EXPECT_EQ(held.bytes(), 120u);
  lease first;
  first.merge(std::move(z));
  EXPECT_EQ(held.bytes(), 120u);
  first = {};
  EXPECT_EQ(held.bytes(), 0u);
  EXPECT_EQ(room->used(), 0u);
}

TEST(table_shares, forgets_tables_of_which_there_is_nothing_to_know) {
  auto room = std::make_shared<budget>(1000);
  table_shares uut{"home"};
  auto x = hold(uut, room, events, 10);
  uut.of(other).well = false;
  for (auto i = 0; i < 10'000; ++i)
    uut.of({"", "shop", std::to_string(i), ""});
  EXPECT_LE(uut.size(), 1024u);
  EXPECT_EQ(uut.of(events).held->bytes(), 10u);
  EXPECT_FALSE(uut.of(other).well);
}

} // namespace bqs
