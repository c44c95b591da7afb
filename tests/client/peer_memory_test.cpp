#include "client/peer_memory.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace bqs {

namespace {

using peer = peer_memory::peer;

peer number(std::int64_t x) {
  return peer::from_int(x);
}

const auto nobody = std::optional<peer>{};
const auto a = number(1);
const auto b = number(2);
const auto c = number(3);

} // namespace

// -- announced ----------------------------------------------------------------

TEST(peer_memory, counts_what_is_announced_until_it_has_come) {
  peer_memory x;
  x.announce(a, 10);
  x.announce(b, UINT32_MAX);
  EXPECT_EQ(x.announced(), std::uint64_t{UINT32_MAX} + 10);
  x.arrived(b);
  EXPECT_EQ(x.announced(), 10u);
  x.arrived(b);
  x.arrived(c); // has said nothing
  EXPECT_EQ(x.announced(), 10u);
  x.arrived(a);
  EXPECT_EQ(x.announced(), 0u);
}

TEST(peer_memory, has_room_up_to_the_bound) {
  peer_memory x;
  EXPECT_EQ(x.drop_slowest(100, 100), nobody);
  x.announce(a, 60);
  EXPECT_EQ(x.drop_slowest(40, 100), nobody);
  EXPECT_EQ(x.drop_slowest(41, 100), a);
  EXPECT_EQ(x.announced(), 0u);
}

TEST(peer_memory, drops_those_whose_messages_are_slowest) {
  peer_memory x;
  x.announce(a, 30);
  x.announce(b, 50);
  x.announce(c, 20);
  x.arrived(a);
  x.announce(a, 30); // another one
  EXPECT_EQ(x.drop_slowest(90, 100), b);
  EXPECT_EQ(x.drop_slowest(90, 100), c);
  EXPECT_EQ(x.drop_slowest(90, 100), a);
  EXPECT_EQ(x.drop_slowest(90, 100), nobody);
  EXPECT_EQ(x.announced(), 0u);
}

TEST(peer_memory, drops_no_more_than_it_must) {
  peer_memory x;
  x.announce(a, 10);
  x.announce(b, 90);
  EXPECT_EQ(x.drop_slowest(10, 100), a);
  EXPECT_EQ(x.drop_slowest(10, 100), nobody);
  EXPECT_EQ(x.announced(), 90u);
}

TEST(peer_memory, drops_nobody_who_announces_nothing) {
  peer_memory x;
  x.set_unread(a, 1000);
  x.announce(b, 10);
  x.arrived(b);
  EXPECT_EQ(x.drop_slowest(UINT32_MAX, 100), nobody); // it does not help
}

TEST(peer_memory, makes_room_for_forged_sizes_without_going_wrong) {
  peer_memory x;
  for (auto i = 1; i <= 10; ++i)
    x.announce(number(i), UINT32_MAX);
  EXPECT_EQ(x.announced(), 10 * std::uint64_t{UINT32_MAX});
  for (auto i = 1; i <= 10; ++i)
    EXPECT_EQ(x.drop_slowest(UINT32_MAX, 0), number(i));
  EXPECT_EQ(x.drop_slowest(UINT32_MAX, 0), nobody);
  EXPECT_EQ(x.announced(), 0u);
}

TEST(peer_memory, counts_one_message_of_a_peer) {
  peer_memory x;
  x.announce(a, 50);
  x.announce(b, 10);
  x.announce(a, 20); // the one before has not come
  EXPECT_EQ(x.announced(), 30u);
  EXPECT_EQ(x.drop_slowest(100, 100), b);
}

// -- unread -------------------------------------------------------------------

TEST(peer_memory, counts_what_is_unread) {
  peer_memory x;
  EXPECT_EQ(x.add_unread(a, 10), 10u);
  EXPECT_EQ(x.add_unread(a, 0), 10u);
  EXPECT_EQ(x.add_unread(a, 5), 15u);
  EXPECT_EQ(x.add_unread(b, 5), 5u);
  EXPECT_EQ(x.unread(), 20u);
  x.set_unread(a, 3);
  EXPECT_EQ(x.unread(), 8u);
  x.set_unread(a, 0);
  x.set_unread(c, 1);
  EXPECT_EQ(x.unread(), 6u);
}

TEST(peer_memory, lets_be_unread_what_is_within_the_bound) {
  peer_memory x;
  EXPECT_EQ(x.drop_greediest(0), nobody);
  x.add_unread(a, 60);
  x.add_unread(b, 40);
  EXPECT_EQ(x.drop_greediest(100), nobody);
  x.add_unread(b, 1);
  EXPECT_EQ(x.drop_greediest(100), a);
  EXPECT_EQ(x.unread(), 41u);
}

TEST(peer_memory, drops_the_greediest_and_no_more_than_it_must) {
  peer_memory x;
  x.add_unread(a, 30);
  x.add_unread(b, 200);
  x.add_unread(c, 80);
  EXPECT_EQ(x.drop_greediest(100), b);
  EXPECT_EQ(x.drop_greediest(100), c);
  EXPECT_EQ(x.drop_greediest(100), nobody);
  EXPECT_EQ(x.unread(), 30u);
}

TEST(peer_memory, drops_one_of_those_who_are_as_greedy) {
  peer_memory x;
  for (auto who : {a, b, c})
    x.add_unread(who, 50);
  std::set<peer> dropped;
  while (auto who = x.drop_greediest(50))
    dropped.insert(*who);
  EXPECT_EQ(dropped.size(), 2u);
  EXPECT_EQ(x.unread(), 50u);
}

// -- both ---------------------------------------------------------------------

TEST(peer_memory, drops_a_peer_from_one_sum_and_not_from_the_other) {
  peer_memory x;
  x.announce(a, 70);
  x.add_unread(a, 80);
  EXPECT_EQ(x.drop_slowest(50, 100), a);
  EXPECT_EQ(x.unread(), 80u);
  x.announce(a, 70);
  EXPECT_EQ(x.drop_greediest(10), a);
  EXPECT_EQ(x.announced(), 70u);
}

TEST(peer_memory, forgets_who_is_gone) {
  peer_memory x;
  x.announce(a, 70);
  x.add_unread(a, 80);
  x.announce(b, 1);
  x.add_unread(b, 2);
  x.forget(c); // never seen
  x.forget(a);
  x.forget(a);
  x.arrived(a);
  EXPECT_EQ(x.announced(), 1u);
  EXPECT_EQ(x.unread(), 2u);
  EXPECT_EQ(x.add_unread(a, 5), 5u) << "another one with the same handle";
  EXPECT_EQ(x.drop_slowest(100, 100), b);
  EXPECT_EQ(x.drop_slowest(100, 100), nobody);
}

TEST(peer_memory, counts_nothing_twice_of_one_that_was_dropped) {
  peer_memory x;
  x.announce(a, 70);
  x.add_unread(a, 80);
  EXPECT_EQ(x.drop_slowest(100, 100), a);
  EXPECT_EQ(x.drop_greediest(10), a);
  x.arrived(a);
  x.forget(a);
  EXPECT_EQ(x.announced(), 0u);
  EXPECT_EQ(x.unread(), 0u);
}

TEST(peer_memory, has_right_sums_whatever_comes) {
  struct share {
    std::uint64_t announced = 0;
    std::uint64_t unread = 0;
  };
  constexpr std::uint64_t most = 5'000;
  std::mt19937 random{7};
  auto below
    = [&](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
  peer_memory x;
  std::map<peer, share> all;
  auto dropped = 0;
  for (auto i = 0; i < 100'000; ++i) {
    auto who = number(below(8));
    auto bytes = below(2'000);
    switch (below(7)) {
      case 0:
      case 1:
        while (auto slow = x.drop_slowest(bytes, most)) {
          ++dropped;
          ASSERT_GT(all[*slow].announced, 0u);
          all[*slow].announced = 0;
        }
        x.announce(who, bytes);
        all[who].announced = bytes;
        break;
      case 2:
        x.arrived(who);
        all[who].announced = 0;
        break;
      case 3:
      case 4:
        all[who].unread += bytes;
        ASSERT_EQ(x.add_unread(who, bytes), all[who].unread);
        while (auto deaf = x.drop_greediest(most)) {
          ++dropped;
          for (auto& [other, y] : all)
            ASSERT_LE(y.unread, all[*deaf].unread);
          all[*deaf].unread = 0;
        }
        break;
      case 5:
        x.set_unread(who, bytes);
        all[who].unread = bytes;
        break;
      default:
        x.forget(who);
        all.erase(who);
    }
    share sum;
    for (auto& [other, y] : all) {
      sum.announced += y.announced;
      sum.unread += y.unread;
    }
    ASSERT_EQ(x.announced(), sum.announced);
    ASSERT_EQ(x.unread(), sum.unread);
    ASSERT_LE(x.announced(), most);
  }
  EXPECT_GT(dropped, 1'000);
}

} // namespace bqs
