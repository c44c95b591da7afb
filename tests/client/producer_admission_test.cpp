#define CAF_SUITE producer_admission

#include "tests/client/producer_fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(producer_admission_tests, producer_fixture)

CAF_TEST(an overloaded node gets the same block again after a wait) {
  auto refusals = 3;
  far->admit = [&](const block&) {
    return refusals-- > 0 ? admission_code::overloaded
                          : admission_code::accepted;
  };
  open();
  push_as(a, 0, 8);
  CAF_CHECK_EQUAL(far->blocks.size(), 1u);
  pass(499ms, 50ms);
  CAF_CHECK_EQUAL(far->blocks.size(), 1u); // at least half of a second
  pass(10s);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 4u);
  for (auto& x : far->blocks)
    CAF_CHECK(x == far->blocks[0]);
  CAF_CHECK(far->asks.empty());
  settle(far->blocks[0]);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK_EQUAL(of_a->settlements[0].stored, 8u);
}

CAF_TEST(a node that drains is tried again) {
  far->admit = [](const block&) { return admission_code::draining; };
  open();
  push_as(a, 0, 8);
  pass(20s);
  CAF_CHECK(far->blocks.size() > 3);
  CAF_CHECK(of_a->settlements.empty());
}

CAF_TEST(a block without an answer is asked about and not sent again) {
  far->admit = [](const block&) { return std::nullopt; };
  open();
  push_as(a, 0, 8);
  pass(4900ms);
  CAF_CHECK(far->asks.empty());
  pass(100ms);
  CAF_REQUIRE_EQUAL(far->asks.size(), 1u);
  auto& x = far->blocks[0];
  CAF_CHECK(far->asks[0] == (ask{x.stream, x.first, x.rows(), x.table}));
  pass(10s); // it is held: no need to send it again
  CAF_CHECK_EQUAL(far->blocks.size(), 1u);
  settle(x);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
}

CAF_TEST(an admission that comes too late is ignored) {
  using promise_type = caf::typed_response_promise<admission>;
  auto pending = std::make_shared<std::vector<promise_type>>();
  auto slow = start([=, this](caf::event_based_actor* x) -> caf::behavior {
    return {
      [=, at = far](const block& y) -> caf::result<admission> {
        at->blocks.push_back(y);
        pending->push_back(x->make_response_promise<admission>());
        return pending->back();
      },
      [](const ask&) {
        return standing{standing_code::unknown, {}};
      },
      [=](std::uint64_t i, const admission& y) { (*pending)[i].deliver(y); },
    };
  });
  uut
    = adopt(spawn_producer(sys, caf::actor_cast<sender_actor>(slow), options));
  push_as(a, 0, 8);
  pass(5s);
  CAF_REQUIRE_EQUAL(pending->size(), 2u);
  auto answer = [&](std::uint64_t i, admission_code code) {
    auto& x = far->blocks[0];
    self->send(slow, i,
               admission{x.stream, x.first, x.rows(), code, 1s, 0, "", {}});
    consume_messages();
  };
  answer(1, admission_code::accepted);
  answer(0, admission_code::malformed);
  CAF_CHECK(of_a->settlements.empty());
  settle(far->blocks[0]);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK_EQUAL(of_a->settlements[0].stored, 8u);
  pending->clear();
}

CAF_TEST(the clock keeps nothing of a block that was admitted) {
  open();
  for (std::uint64_t i = 0; i < 20; ++i)
    push_as(a, 10 * i, 10);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 20u);
  CAF_CHECK_EQUAL(sched.clock().advance_time(5s), 1u); // of `watch`
}

CAF_TEST(a block that the node does not know is sent again) {
  auto answers = 0;
  far->admit = [&](const block&) -> std::optional<admission_code> {
    if (answers++ == 0)
      return std::nullopt;
    return admission_code::accepted;
  };
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  open();
  push_as(a, 0, 8);
  pass(6s);
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  CAF_CHECK(far->blocks[0] == far->blocks[1]);
}

CAF_TEST(what a node took and does not know any more may be stored twice) {
  options.receipt_timeout = 10s;
  open();
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  push_as(a, 0, 10);
  push_as(a, 10, 10);
  settle(far->blocks[1]);
  pass(10s);
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 3u);
  CAF_CHECK(far->blocks[2] == far->blocks[0]);
  settle(far->blocks[2]);
  auto totals = close();
  CAF_CHECK_EQUAL(totals.stored, 20u);
  CAF_CHECK_EQUAL(totals.possibly_duplicated, 10u);
}

CAF_TEST(a part of what a node took before may be stored twice) {
  options.receipt_timeout = 10s;
  open();
  push_as(a, 0, 10);
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  far->admit = [](const block& x) {
    return x.rows() > 5 ? admission_code::block_too_large
                        : admission_code::accepted;
  };
  pass(10s);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 4u);
  settle(far->blocks[2]);
  settle(far->blocks[3]);
  CAF_CHECK_EQUAL(close().possibly_duplicated, 10u);
}

CAF_TEST(a block that is settled is not sent again) {
  far->admit = [](const block&) { return std::nullopt; };
  open();
  far->stands = [&](const ask&) {
    return standing{standing_code::settled,
                    make_receipt(far->blocks[0], {{2, 1, 0}})};
  };
  push_as(a, 0, 8);
  pass(6s);
  CAF_CHECK_EQUAL(far->blocks.size(), 1u);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK_EQUAL(of_a->settlements[0].stored, 7u);
  CAF_CHECK_EQUAL(far->acks, 0u); // only what was sent is acknowledged
}

CAF_TEST(a receipt that does not come is asked for) {
  options.receipt_timeout = 10s;
  open();
  push_as(a, 0, 8);
  pass(8s);
  CAF_CHECK(far->asks.empty());
  pass(2s);
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  pass(8s);
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  pass(2s);
  CAF_CHECK_EQUAL(far->asks.size(), 2u);
  CAF_CHECK_EQUAL(far->blocks.size(), 1u);
}

CAF_TEST(a node that answers no question is asked again) {
  far->admit = [](const block&) { return std::nullopt; };
  far->stands = [](const ask&) { return std::nullopt; };
  open();
  push_as(a, 0, 8);
  pass(30s);
  CAF_CHECK(far->asks.size() >= 3);
  CAF_CHECK(far->asks.size() <= 6);
  CAF_CHECK_EQUAL(far->blocks.size(), 1u);
}

CAF_TEST(a block that is too large is split with the same numbers) {
  far->admit = [](const block& x) {
    return x.rows() > 3 ? admission_code::block_too_large
                        : admission_code::accepted;
  };
  open();
  push_as(a, 70, 2);
  push_as(b, 500, 4);
  push_as(a, 72, 4);
  std::vector<block> taken;
  for (auto& x : far->blocks)
    if (x.rows() <= 3)
      taken.push_back(x);
  std::map<std::uint64_t, std::string> rows;
  for (auto& x : taken)
    for (std::uint32_t i = 0; i < x.rows(); ++i)
      CAF_CHECK(rows.emplace(x.first + i, x.bytes->row(i)).second);
  CAF_REQUIRE_EQUAL(rows.size(), 10u);
  std::vector<std::uint64_t> tags{70, 71, 500, 501, 502, 503, 72, 73, 74, 75};
  for (std::uint64_t i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(rows[i], row_text(tags[i]));
  for (auto& x : taken)
    settle(x, {{x.first, 1, 0}}); // the first row of each fails
  std::map<std::uint64_t, int> of_tags;
  std::uint64_t failed = 0;
  for (auto* results : {&*of_a, &*of_b})
    for (auto& x : results->settlements) {
      for (auto i = 0u; i < x.rows; ++i)
        ++of_tags[x.tag + i];
      for (auto& y : x.failures) {
        CAF_CHECK_EQUAL(y.rows, 1u);
        CAF_CHECK(y.first >= x.tag && y.first < x.tag + x.rows);
        ++failed;
      }
    }
  CAF_CHECK_EQUAL(of_tags.size(), 10u);
  for (auto& [tag, times] : of_tags)
    CAF_CHECK_EQUAL(times, 1);
  CAF_CHECK_EQUAL(failed, taken.size());
  auto sum = close();
  CAF_CHECK_EQUAL(sum.pushed, 10u);
  CAF_CHECK_EQUAL(sum.failed, taken.size());
  CAF_CHECK_EQUAL(sum.stored, 10u - taken.size());
}

CAF_TEST(a row that is too large by itself fails alone) {
  far->admit = [](const block& x) {
    return x.first <= 2 && 2 < x.first + x.rows()
             ? admission_code::block_too_large
             : admission_code::accepted;
  };
  open();
  push_as(a, 0, 8);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  auto& x = of_a->settlements[0];
  CAF_CHECK_EQUAL(x.tag, 2u);
  CAF_CHECK_EQUAL(x.rows, 1u);
  CAF_CHECK_EQUAL(x.stored, 0u);
  CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
  CAF_CHECK_EQUAL(x.reasons[0].reason, "too_large");
  CAF_CHECK(!x.reasons[0].uncertain);
}

CAF_TEST(what no connection carries is split or fails) {
  open();
  auto push_rows
    = [this](std::uint64_t tag, std::uint32_t n, std::size_t bytes) {
        block_builder rows;
        for (auto i = 0u; i < n; ++i)
          rows.add(std::string(bytes, ' '));
        say(a, uut, push{*parse_table("shop.events"), rows.take_rows(), tag});
      };
  push_rows(0, 3, 8u << 20);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  CAF_CHECK_EQUAL(far->blocks[0].rows() + far->blocks[1].rows(), 3u);
  // Small rows with ids, whose ends count, too.
  block_builder ids;
  for (auto i = 0; i < 1'100'000; ++i)
    ids.add("{\"n\":12345}", "x");
  CAF_CHECK(ids.size() < (20u << 20));
  say(a, uut, push{*parse_table("shop.ids"), ids.take_rows(), 100});
  CAF_CHECK_EQUAL(far->blocks.size(), 4u);
  push_rows(3, 1, 21u << 20);
  CAF_CHECK_EQUAL(far->blocks.size(), 4u);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  auto& x = of_a->settlements[0];
  CAF_CHECK_EQUAL(x.tag, 3u);
  CAF_CHECK_EQUAL(x.stored, 0u);
  CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
  CAF_CHECK_EQUAL(x.reasons[0].reason, "too_large");
}

CAF_TEST(a block refused for good fails its rows) {
  for (auto code :
       {admission_code::malformed, admission_code::conflict,
        admission_code::not_supported, static_cast<admission_code>(99)}) {
    far->admit = [code](const block&) { return code; };
    open();
    of_a->settlements.clear();
    push_as(a, 5, 8);
    CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
    auto& x = of_a->settlements[0];
    CAF_CHECK_EQUAL(x.stored, 0u);
    CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
    CAF_CHECK_EQUAL(x.reasons[0].reason, to_string(code));
    CAF_CHECK_EQUAL(x.reasons[0].message, "words");
    CAF_CHECK(!x.reasons[0].uncertain);
    CAF_REQUIRE_EQUAL(x.failures.size(), 1u);
    CAF_CHECK(x.failures[0] == (failed_range{5, 8, 0}));
    pass(10s);
    CAF_CHECK_EQUAL(of_a->settlements.size(), 1u);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
