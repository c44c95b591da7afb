#define CAF_SUITE appender

#include "bqstreamer/appender.hpp"

#include <numeric>

#include "tests/client/producer_fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(appender_tests, producer_fixture)

CAF_TEST(appended rows leave when they are old enough) {
  open();
  appender rows{uut, *parse_table("shop.events"), pointer_to(a)};
  for (std::uint64_t i = 0; i < 3; ++i)
    CAF_CHECK(rows.append(row_text(i), "id"));
  consume_messages();
  CAF_CHECK(far->blocks.empty());
  pass(100ms);
  CAF_REQUIRE(sizes() == sizes_type{3});
  CAF_CHECK_EQUAL(far->blocks[0].bytes->row(2), row_text(2));
  CAF_CHECK_EQUAL(far->blocks[0].bytes->id(2), "id");
  auto copy = rows;
  copy.append(row_text(3));
  consume_messages();
  pass(100ms);
  CAF_REQUIRE(sizes() == (sizes_type{3, 1}));
  settle(far->blocks[1], {{3, 1, 0}});
  settle(far->blocks[0]);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 2u);
  CAF_CHECK_EQUAL(of_a->settlements[0].failures[0].first, 3u); // its number
  CAF_CHECK_EQUAL(of_a->settlements[1].tag, 0u);
  CAF_CHECK_EQUAL(close().pushed, 4u);
}

CAF_TEST(an appender is full when the window is) {
  options.window = 100;
  open();
  appender rows{uut, *parse_table("shop.events"), nullptr, 50};
  std::uint32_t taken = 0;
  auto append_all = [&] {
    while (rows.append("{\"n\":1234567890}"))
      ++taken;
    consume_messages();
  };
  for (auto i = 0; i < 20; ++i) {
    append_all();
    pass(100ms);
  }
  auto out = std::accumulate(far->blocks.begin(), far->blocks.end(), 0u,
                             [](auto n, auto& x) { return n + x.rows(); });
  CAF_CHECK(out > 0 && out < taken); // the rest waits in the buffer
  auto refused = taken;
  append_all();
  CAF_CHECK_EQUAL(taken, refused);
  // It goes on when there is room.
  for (std::size_t i = 0; i < far->blocks.size(); ++i) {
    settle(block{far->blocks[i]});
    pass(100ms);
  }
  auto totals = close();
  CAF_CHECK_EQUAL(totals.stored, taken);
}

CAF_TEST(many appended rows do not wait) {
  open();
  appender rows{uut, *parse_table("shop.events")};
  for (std::uint64_t i = 0; i < 5000; ++i)
    rows.append(row_text(i));
  consume_messages();
  CAF_CHECK(sizes() == sizes_type{5000});
}

CAF_TEST(a close waits for what was appended before) {
  options.window = 100;
  open();
  push_as(a, 0, 10); // fills the window
  appender rows{uut, *parse_table("shop.events")};
  rows.append(row_text(0));
  consume_messages();
  say(b, uut, caf::close_atom_v);
  settle(block{far->blocks[0]});
  CAF_CHECK(of_b->totals.empty());
  pass(200ms);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  settle(block{far->blocks[1]});
  CAF_REQUIRE_EQUAL(of_b->totals.size(), 1u);
  CAF_CHECK_EQUAL(of_b->totals[0].stored, 11u);
}

CAF_TEST(a close ends though a large buffer is given up) {
  options.window = 100;
  options.give_up = 2s;
  open_alone();
  push_as(a, 0, 10); // fills the window
  appender rows{uut, *parse_table("shop.events")};
  for (std::uint64_t i = 0; i < 20; ++i)
    rows.append(row_text(i));
  consume_messages();
  say(b, uut, caf::close_atom_v);
  pass(5s);
  CAF_REQUIRE_EQUAL(of_b->totals.size(), 1u);
  CAF_CHECK_EQUAL(of_b->totals[0].failed, 30u);
}

CAF_TEST(an appender without a producer fills up) {
  open();
  appender rows{uut, *parse_table("shop.events"), nullptr, 1000};
  crash(uut);
  auto n = 0;
  while (rows.append("{\"n\":1}"))
    ++n;
  CAF_CHECK_EQUAL(n, 142); // of 7 bytes
  appender large{uut, *parse_table("shop.events"), nullptr, 10};
  CAF_CHECK(large.append("{\"larger\":\"than all room\"}"));
}

CAF_TEST_FIXTURE_SCOPE_END()
