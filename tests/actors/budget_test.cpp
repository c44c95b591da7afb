#include "actors/budget.hpp"

#include <atomic>
#include <limits>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace bqs {

namespace {

constexpr auto most = std::numeric_limits<std::size_t>::max();

} // namespace

TEST(budget, gives_no_more_than_its_limit) {
  struct {
    std::size_t limit;
    std::size_t used;
    std::size_t wanted;
    bool want;
  } cases[] = {
    {100, 0, 0, true},
    {100, 0, 100, true},
    {100, 0, 101, false},
    {100, 60, 40, true},
    {100, 60, 41, false},
    {100, 100, 0, true},
    {100, 100, 1, false},
    {0, 0, 0, true},
    {0, 0, 1, false},
    // Sums that would wrap around.
    {100, 60, most, false},
    {100, 60, most - 59, false},
    {most, 60, most - 60, true},
    {most, 60, most - 59, false},
  };
  for (auto& x : cases) {
    budget uut{x.limit};
    EXPECT_TRUE(uut.reserve(x.used));
    EXPECT_EQ(uut.reserve(x.wanted), x.want) << x.limit << " " << x.wanted;
    EXPECT_EQ(uut.used(), x.used + (x.want ? x.wanted : 0));
    EXPECT_EQ(uut.limit(), x.limit);
  }
}

TEST(budget, takes_back_what_is_released) {
  budget uut{100};
  ASSERT_TRUE(uut.reserve(100));
  EXPECT_FALSE(uut.reserve(1));
  uut.release(30);
  EXPECT_TRUE(uut.reserve(30));
  uut.release(100);
  EXPECT_EQ(uut.used(), 0u);
}

TEST(budget, never_exceeds_its_limit_whoever_asks_at_once) {
  constexpr std::size_t limit = 1000;
  auto uut = std::make_shared<budget>(limit);
  std::atomic<std::size_t> held{0};
  std::atomic<bool> exceeded{false};
  std::atomic<std::size_t> given{0};
  auto client = [&](std::size_t bytes) {
    for (auto i = 0; i < 20'000; ++i) {
      if (!uut->reserve(bytes))
        continue;
      lease mine{uut, bytes};
      if (held.fetch_add(bytes) + bytes > limit || uut->used() > limit)
        exceeded = true;
      ++given;
      held.fetch_sub(bytes);
    }
  };
  {
    std::vector<std::jthread> clients;
    for (std::size_t bytes : {100u, 250u, 333u, 400u, 999u, 1000u, 1001u})
      clients.emplace_back(client, bytes);
  }
  EXPECT_FALSE(exceeded);
  EXPECT_GT(given, 0u);
  EXPECT_EQ(uut->used(), 0u);
}

TEST(budget, is_not_held_up_by_those_who_ask_for_too_much) {
  budget uut{100};
  ASSERT_TRUE(uut.reserve(40));
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> given{0};
  std::jthread greedy{[&] {
    while (!stop)
      if (uut.reserve(61))
        ++given;
  }};
  for (auto i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(uut.reserve(60));
    uut.release(60);
  }
  stop = true;
  greedy.join();
  EXPECT_EQ(given, 0u);
  EXPECT_EQ(uut.used(), 40u);
}

TEST(lease, gives_its_bytes_back_at_its_end) {
  auto room = std::make_shared<budget>(100);
  {
    ASSERT_TRUE(room->reserve(60));
    lease uut{room, 60};
    EXPECT_EQ(uut.bytes(), 60u);
    EXPECT_EQ(room->used(), 60u);
  }
  EXPECT_EQ(room->used(), 0u);
  {
    lease nothing;
    EXPECT_EQ(nothing.bytes(), 0u);
  }
}

TEST(lease, keeps_the_budget_alive) {
  auto room = std::make_shared<budget>(100);
  ASSERT_TRUE(room->reserve(60));
  lease uut{std::move(room), 60};
  EXPECT_EQ(uut.bytes(), 60u);
}

TEST(lease, gives_its_bytes_back_once_when_it_is_moved) {
  auto room = std::make_shared<budget>(100);
  ASSERT_TRUE(room->reserve(60));
  {
    lease first{room, 60};
    lease second{std::move(first)};
    EXPECT_EQ(second.bytes(), 60u);
    lease third;
    third = std::move(second);
    EXPECT_EQ(third.bytes(), 60u);
    EXPECT_EQ(room->used(), 60u);
  }
  EXPECT_EQ(room->used(), 0u);
}

TEST(lease, gives_back_what_it_held_when_it_gets_another) {
  auto room = std::make_shared<budget>(100);
  ASSERT_TRUE(room->reserve(60));
  ASSERT_TRUE(room->reserve(30));
  lease uut{room, 60};
  uut = lease{room, 30};
  EXPECT_EQ(uut.bytes(), 30u);
  EXPECT_EQ(room->used(), 30u);
  uut = lease{};
  EXPECT_EQ(room->used(), 0u);
}

TEST(lease, takes_over_what_another_holds) {
  auto room = std::make_shared<budget>(100);
  ASSERT_TRUE(room->reserve(90));
  {
    lease uut;
    uut.merge({room, 60});
    uut.merge({room, 30});
    uut.merge({});
    EXPECT_EQ(uut.bytes(), 90u);
    EXPECT_EQ(room->used(), 90u);
  }
  EXPECT_EQ(room->used(), 0u);
}

TEST(budget, a_charge_is_never_refused_but_leaves_no_room) {
  budget uut{100};
  uut.charge(90);
  EXPECT_FALSE(uut.reserve(20));
  uut.charge(90);
  EXPECT_EQ(uut.used(), 180u);
  EXPECT_FALSE(uut.reserve(1));
  uut.release(170);
  EXPECT_TRUE(uut.reserve(90));
}

TEST(lease, gives_back_what_it_does_not_need) {
  auto room = std::make_shared<budget>(100);
  ASSERT_TRUE(room->reserve(60));
  {
    lease uut{room, 60};
    uut.shrink(70); // nothing to give
    uut.shrink(60);
    EXPECT_EQ(room->used(), 60u);
    uut.shrink(25);
    EXPECT_EQ(uut.bytes(), 25u);
    EXPECT_EQ(room->used(), 25u);
    uut.shrink(0);
    EXPECT_EQ(room->used(), 0u);
  }
  EXPECT_EQ(room->used(), 0u);
  lease nothing;
  nothing.shrink(0);
}

} // namespace bqs
