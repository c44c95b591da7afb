#include "actors/lane.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/lane_driver.hpp"

namespace bqs {

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

} // namespace bqs
