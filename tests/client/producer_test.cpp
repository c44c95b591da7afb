#define CAF_SUITE producer

#include "tests/client/producer_fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(producer_tests, producer_fixture)

// -- packing ------------------------------------------------------------------

CAF_TEST(rows are packed until a block is full) {
  open();
  for (std::uint64_t i = 0; i < 4; ++i)
    push_as(a, 3 * i, 3);
  CAF_REQUIRE(sizes() == sizes_type{9});
  CAF_CHECK_EQUAL(far->blocks[0].first, 0u);
  CAF_CHECK_EQUAL(far->blocks[0].bytes->row(8), row_text(8));
  CAF_CHECK(of_a->pushed_tags == (std::vector<std::uint64_t>{0, 3, 6, 9}));
  pass(100ms);
  CAF_REQUIRE(sizes() == (sizes_type{9, 3}));
  CAF_CHECK_EQUAL(far->blocks[1].first, 9u);
  CAF_CHECK(far->blocks[1].stream == far->blocks[0].stream);
}

CAF_TEST(rows are packed until a block has its bytes) {
  options.block_bytes = 100;
  options.block_rows = 1000;
  open();
  for (std::uint64_t i = 0; i < 8; ++i)
    push_as(a, 2 * i, 2);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 1u);
  CAF_CHECK(far->blocks[0].rows() < 16);
  CAF_CHECK(far->blocks[0].bytes->json.size() <= 100);
}

CAF_TEST(the first row of a block does not wait for more than its age) {
  open();
  push_as(a, 0, 1);
  pass(60ms, 20ms);
  push_as(a, 1, 1);
  CAF_CHECK(far->blocks.empty());
  pass(40ms, 20ms);
  CAF_CHECK(sizes() == sizes_type{2});
  push_as(a, 2, 1);
  pass(80ms, 20ms);
  CAF_CHECK(sizes() == sizes_type{2});
  pass(20ms);
  CAF_CHECK(sizes() == (sizes_type{2, 1}));
}

CAF_TEST(a large push goes as it is behind what came before) {
  open();
  push_as(a, 0, 2);
  auto large = make_push(2, 50);
  say(a, uut, large);
  CAF_REQUIRE(sizes() == (sizes_type{2, 50}));
  CAF_CHECK(far->blocks[1].bytes == large.rows); // no copy
  CAF_CHECK_EQUAL(far->blocks[1].first, 2u);
}

CAF_TEST(each table has blocks of its own in one stream) {
  open();
  push_as(a, 0, 2);
  push_as(a, 2, 2, "shop.other");
  say(a, uut, caf::flush_atom_v);
  CAF_REQUIRE(sizes() == (sizes_type{2, 2}));
  CAF_CHECK(far->blocks[0].table != far->blocks[1].table);
  CAF_CHECK(far->blocks[0].stream == far->blocks[1].stream);
  CAF_CHECK_EQUAL(far->blocks[0].first + far->blocks[1].first, 2u);
}

CAF_TEST(a push of nothing is done at once) {
  open();
  push_as(a, 5, 0);
  say(a, uut, push{*parse_table("shop.events"), nullptr, 6});
  CAF_CHECK(of_a->pushed_tags == (std::vector<std::uint64_t>{5, 6}));
  pass(1s);
  CAF_CHECK(far->blocks.empty());
  CAF_CHECK_EQUAL(close().pushed, 0u);
}

// -- window -------------------------------------------------------------------

CAF_TEST(a full window delays the reply until there is room) {
  options.window = 150;
  open();
  push_as(a, 0, 9); // alone; 9 rows of 7 bytes, and their ends
  push_as(a, 100, 9);
  push_as(b, 200, 9, "shop.other"); // its window is its own
  CAF_CHECK(of_a->pushed_tags == std::vector<std::uint64_t>{0});
  CAF_CHECK(of_b->pushed_tags == std::vector<std::uint64_t>{200});
  pass(5s);
  CAF_CHECK_EQUAL(of_a->pushed_tags.size(), 1u);
  settle(far->blocks[0]);
  CAF_CHECK(of_a->pushed_tags == (std::vector<std::uint64_t>{0, 100}));
}

// -- outcomes -----------------------------------------------------------------

CAF_TEST(a receipt is dealt out to those who pushed) {
  open();
  push_as(a, 100, 3);
  push_as(b, 7, 4);
  push_as(a, 200, 3);
  say(a, uut, caf::flush_atom_v);
  CAF_REQUIRE(sizes() == sizes_type{10});
  // The last of the first push, the next two, and one of the last push.
  auto x = make_receipt(far->blocks[0], {{2, 3, 0}, {8, 1, 1}});
  x.reasons.push_back({"stopped", "", "", 200, true});
  x.possibly_duplicated = 4;
  say(node, uut, x);
  CAF_CHECK_EQUAL(far->acks, 1u);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 2u);
  CAF_REQUIRE_EQUAL(of_b->settlements.size(), 1u);
  auto& first = of_a->settlements[0];
  CAF_CHECK(first.table == *parse_table("shop.events"));
  CAF_CHECK_EQUAL(first.tag, 100u);
  CAF_CHECK_EQUAL(first.rows, 3u);
  CAF_CHECK_EQUAL(first.stored, 2u);
  CAF_CHECK(first.failures == (std::vector<failed_range>{{102, 1, 0}}));
  auto& second = of_b->settlements[0];
  CAF_CHECK_EQUAL(second.stored, 2u);
  CAF_CHECK(second.failures == (std::vector<failed_range>{{7, 2, 0}}));
  auto& third = of_a->settlements[1];
  CAF_CHECK_EQUAL(third.stored, 2u);
  CAF_CHECK(third.failures == (std::vector<failed_range>{{201, 1, 1}}));
  CAF_CHECK_EQUAL(third.reasons.size(), 2u);
  CAF_CHECK_EQUAL(first.possibly_duplicated + second.possibly_duplicated
                    + third.possibly_duplicated,
                  4u);
}

CAF_TEST(reasons go to those alone whose rows failed) {
  open();
  push_as(a, 0, 3);
  push_as(b, 3, 3);
  say(a, uut, caf::flush_atom_v);
  CAF_REQUIRE(sizes() == sizes_type{6});
  settle(far->blocks[0], {{4, 1, 0}});
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK(of_a->settlements[0].reasons.empty());
  CAF_REQUIRE_EQUAL(of_b->settlements.size(), 1u);
  CAF_CHECK_EQUAL(of_b->settlements[0].reasons.size(), 1u);
}

CAF_TEST(a receipt that comes twice counts once) {
  open();
  push_as(a, 0, 8);
  settle(far->blocks[0]);
  settle(far->blocks[0]);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK_EQUAL(far->acks, 2u);
  auto other = make_block(0, 8, "shop.events", 99); // of another stream
  push_as(a, 8, 8);
  settle(other);
  auto sum = producer_totals{};
  CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
  settle(far->blocks[1]);
  sum = close();
  CAF_CHECK_EQUAL(sum.stored, 16u);
  CAF_CHECK_EQUAL(sum.pushed, 16u);
}

CAF_TEST(receipts that wait together are acknowledged by one message) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i)
    push_as(a, 10 * i, 10);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 5u);
  for (auto i = 0u; i < 4; ++i)
    caf::send_as(node, uut, make_receipt(far->blocks[i]));
  consume_messages();
  CAF_CHECK_EQUAL(far->acks, 4u);
  CAF_CHECK_EQUAL(far->ack_messages, 1u);
  settle(far->blocks[4]);
  CAF_CHECK_EQUAL(far->acks, 5u);
  CAF_CHECK_EQUAL(far->ack_messages, 2u);
}

CAF_TEST(receipts of a lost node are not acknowledged to the next one) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  push_as(a, 10, 10);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  caf::send_as(node, uut, make_receipt(far->blocks[0]));
  self->send(uut, lost{"gone", 1, 1s});
  self->send(uut, connected{caf::actor_cast<node_actor>(node), {"earth", 1}});
  consume_messages();
  CAF_CHECK_EQUAL(far->acks, 0u);
  settle(far->blocks[1]);
  CAF_CHECK_EQUAL(far->acks, 1u);
}

CAF_TEST(a receipt may come before the admission) {
  far->admit = [](const block&) { return std::nullopt; };
  open();
  push_as(a, 0, 8);
  settle(far->blocks[0]);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
  pass(20s);
  CAF_CHECK(far->asks.empty());
}

CAF_TEST(rows without a byte are settled like others) {
  open();
  auto empty = [&](std::uint64_t tag, std::uint32_t rows) {
    block_builder x;
    for (std::uint32_t i = 0; i < rows; ++i)
      x.add(std::string_view{});
    say(a, uut, push{*parse_table("shop.events"), x.take_rows(), tag});
  };
  empty(0, 8);
  empty(8, 8);
  empty(16, 1);
  CAF_REQUIRE(sizes() == (sizes_type{8, 8}));
  settle(far->blocks[0]);
  say(b, uut, caf::close_atom_v);
  CAF_CHECK(of_b->totals.empty()); // more is unsettled
  CAF_REQUIRE(sizes() == (sizes_type{8, 8, 1}));
  settle(far->blocks[1]);
  settle(far->blocks[2]);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 3u);
  CAF_REQUIRE_EQUAL(of_b->totals.size(), 1u);
  CAF_CHECK_EQUAL(of_b->totals[0].stored, 17u);
}

CAF_TEST(a lost node fails what is left and what comes) {
  options.window = 150;
  open();
  push_as(a, 0, 9);
  settle(far->blocks[0]);
  push_as(a, 9, 9);
  push_as(a, 18, 9);                // waits for room
  push_as(b, 100, 1, "shop.other"); // open
  CAF_CHECK_EQUAL(of_a->pushed_tags.size(), 2u);
  crash(node);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 3u);
  for (auto i : {1, 2}) {
    auto& x = of_a->settlements[static_cast<std::size_t>(i)];
    CAF_CHECK_EQUAL(x.stored, 0u);
    CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
    CAF_CHECK_EQUAL(x.reasons[0].reason, "node_lost");
    CAF_CHECK(x.reasons[0].uncertain);
  }
  CAF_CHECK_EQUAL(of_a->pushed_tags.size(), 3u);
  // This one has never left.
  CAF_REQUIRE_EQUAL(of_b->settlements.size(), 1u);
  CAF_CHECK_EQUAL(of_b->settlements[0].reasons[0].reason, "node_lost");
  CAF_CHECK(!of_b->settlements[0].reasons[0].uncertain);
  // Neither a large nor a small push waits for ever.
  push_as(a, 27, 9);
  push_as(a, 36, 1);
  pass(1s);
  CAF_CHECK(of_a->pushed_tags
            == (std::vector<std::uint64_t>{0, 9, 18, 27, 36}));
  CAF_CHECK_EQUAL(of_a->settlements.size(), 5u);
  auto sum = close();
  CAF_CHECK_EQUAL(sum.pushed, 38u);
  CAF_CHECK_EQUAL(sum.stored, 9u);
  CAF_CHECK_EQUAL(sum.failed, 29u);
}

CAF_TEST(a close waits until every row is settled) {
  open();
  push_as(a, 0, 8);
  push_as(a, 8, 2); // open
  say(b, uut, caf::close_atom_v);
  CAF_REQUIRE(sizes() == (sizes_type{8, 2}));
  CAF_CHECK(of_b->totals.empty());
  settle(far->blocks[1], {{8, 2, 0}});
  CAF_CHECK(of_b->totals.empty());
  settle(far->blocks[0]);
  CAF_REQUIRE_EQUAL(of_b->totals.size(), 1u);
  CAF_CHECK_EQUAL(of_b->totals[0].pushed, 10u);
  CAF_CHECK_EQUAL(of_b->totals[0].stored, 8u);
  CAF_CHECK_EQUAL(of_b->totals[0].failed, 2u);
}

CAF_TEST(an error out of nowhere does not end the producer) {
  open();
  push_as(a, 0, 8);
  caf::send_as(node, caf::actor_cast<caf::actor>(uut),
               caf::make_error(caf::sec::unexpected_message));
  consume_messages();
  settle(far->blocks[0]);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
