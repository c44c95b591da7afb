#define CAF_SUITE producer

#include "bqstreamer/producer.hpp"

#include <functional>
#include <numeric>
#include <optional>

#include "bqstreamer/appender.hpp"
#include "client/producer_state.hpp"
#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// What the stand-in for a node has got, and how it answers; not at all where
/// a function returns nothing.
struct node_state {
  std::vector<block> blocks;
  std::vector<ask> asks;
  std::uint32_t acks = 0;
  std::uint32_t ack_messages = 0;
  std::function<std::optional<admission_code>(const block&)> admit
    = [](const block&) { return admission_code::accepted; };
  std::function<std::optional<standing>(const ask&)> stands = [](const ask&) {
    return standing{standing_code::held, {}};
  };
};

caf::behavior stand_in(caf::event_based_actor* self,
                       std::shared_ptr<node_state> at) {
  return {
    [=](const block& x) -> caf::result<admission> {
      at->blocks.push_back(x);
      auto code = at->admit(x);
      if (!code)
        return self->make_response_promise<admission>();
      return admission{x.stream, x.first, x.rows(), *code,
                       1s,       2000,    "words",  {}};
    },
    [=](const ask& x) -> caf::result<standing> {
      at->asks.push_back(x);
      if (auto y = at->stands(x))
        return *y;
      return self->make_response_promise<standing>();
    },
    [=](const receipts_ack& x) {
      at->acks += x.count;
      ++at->ack_messages;
    },
  };
}

/// What a pusher has got.
struct results {
  std::vector<std::uint64_t> pushed_tags;
  std::vector<settlement> settlements;
  std::vector<producer_totals> totals;
};

caf::behavior pusher(std::shared_ptr<results> at) {
  return {
    [at](const pushed& x) { at->pushed_tags.push_back(x.tag); },
    [at](const settlement& x) { at->settlements.push_back(x); },
    [at](const producer_totals& x) { at->totals.push_back(x); },
  };
}

struct fixture : deterministic {
  fixture() {
    options.block_rows = 10;
    options.block_bytes = 10'000;
    options.window = 1u << 20;
    node = start(stand_in, far);
    a = start(pusher, of_a);
    b = start(pusher, of_b);
  }

  void open() {
    uut = adopt(
      spawn_producer(sys, caf::actor_cast<sender_actor>(node), options));
  }

  static caf::strong_actor_ptr pointer_to(const caf::actor& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  /// A producer whose connector is the test.
  void open_alone() {
    uut = start(producer, sender_actor{}, options);
  }

  void connect() {
    self->send(uut, connected{caf::actor_cast<node_actor>(node), {"earth", 1}});
    consume_messages();
  }

  void lose() {
    self->send(uut, lost{"gone", 1, 1s});
    consume_messages();
  }

  push make_push(std::uint64_t tag, std::uint32_t rows,
                 const std::string& table = "shop.events") {
    block_builder x;
    for (std::uint32_t i = 0; i < rows; ++i)
      x.add(std::string_view{row_text(tag + i)});
    return {*parse_table(table), x.take_rows(), tag};
  }

  void push_as(const caf::actor& who, std::uint64_t tag, std::uint32_t rows,
               const std::string& table = "shop.events") {
    say(who, uut, make_push(tag, rows, table));
  }

  receipt make_receipt(const block& x,
                       std::vector<failed_range> failures = {}) {
    receipt result;
    result.stream = x.stream;
    result.first = x.first;
    result.rows = x.rows();
    result.table = x.table;
    result.stored = x.rows();
    for (auto& y : failures)
      result.stored -= y.rows;
    if (!failures.empty())
      result.reasons.push_back({"invalid", "no", "f", 200, false});
    result.failures = std::move(failures);
    return result;
  }

  void settle(const block& x, std::vector<failed_range> failures = {}) {
    say(node, uut, make_receipt(x, std::move(failures)));
  }

  /// Rows of the blocks that have left.
  std::vector<std::uint32_t> sizes() const {
    std::vector<std::uint32_t> result;
    for (auto& x : far->blocks)
      result.push_back(x.rows());
    return result;
  }

  using sizes_type = std::vector<std::uint32_t>;

  producer_totals close() {
    say(b, uut, caf::close_atom_v);
    CAF_REQUIRE(!of_b->totals.empty());
    return of_b->totals.back();
  }

  producer_options options;
  std::shared_ptr<node_state> far = std::make_shared<node_state>();
  std::shared_ptr<results> of_a = std::make_shared<results>();
  std::shared_ptr<results> of_b = std::make_shared<results>();
  caf::actor node;
  caf::actor a;
  caf::actor b;
  producer_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(producer_tests, fixture)

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

// -- admission ----------------------------------------------------------------

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

// -- appenders ----------------------------------------------------------------

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

// -- a node that comes and goes -----------------------------------------------

CAF_TEST(rows wait for the first node) {
  open_alone();
  push_as(a, 0, 10);
  CAF_CHECK(far->blocks.empty());
  CAF_CHECK_EQUAL(of_a->pushed_tags.size(), 1u);
  connect();
  CAF_REQUIRE(sizes() == sizes_type{10});
  CAF_CHECK(far->asks.empty()); // nobody can have it
  settle(far->blocks[0]);
  CAF_CHECK_EQUAL(close().stored, 10u);
  CAF_CHECK_EQUAL(close().possibly_duplicated, 0u);
}

CAF_TEST(what had no receipt is sent again when there is a node again) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  push_as(a, 10, 10);
  settle(far->blocks[0]);
  auto before = far->blocks[1];
  lose();
  push_as(a, 20, 10); // meanwhile
  CAF_CHECK_EQUAL(far->blocks.size(), 2u);
  far->stands = [](const ask&) {
    return standing{standing_code::unknown, {}}; // it was started again
  };
  connect();
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 4u);
  auto again = std::find_if(far->blocks.begin() + 2, far->blocks.end(),
                            [](auto& x) { return x.first == 10; });
  CAF_REQUIRE(again != far->blocks.end());
  CAF_CHECK(*again == before); // the same stream, numbers and bytes
  settle(far->blocks[2]);
  settle(far->blocks[3]);
  auto totals = close();
  CAF_CHECK_EQUAL(totals.stored, 30u);
  // Only of those may the earlier node have stored a copy.
  CAF_CHECK_EQUAL(totals.possibly_duplicated, 10u);
}

CAF_TEST(a node that still has a block is not sent it again) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  push_as(a, 10, 10);
  auto first = far->blocks[0];
  lose();
  far->stands = [&](const ask& x) {
    if (x.first == 0)
      return standing{standing_code::settled, make_receipt(first)};
    return standing{standing_code::held, {}};
  };
  connect();
  CAF_CHECK_EQUAL(far->blocks.size(), 2u);
  settle(far->blocks[1]);
  auto totals = close();
  CAF_CHECK_EQUAL(totals.stored, 20u);
  CAF_CHECK_EQUAL(totals.possibly_duplicated, 0u);
}

CAF_TEST(what a node holds is in doubt again when that node is lost) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  lose();
  connect(); // it says `held`
  lose();
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  connect();
  CAF_CHECK_EQUAL(far->asks.size(), 2u);
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  settle(far->blocks[1]);
  CAF_CHECK_EQUAL(close().possibly_duplicated, 10u);
}

CAF_TEST(a refusal of what an earlier node had is uncertain) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  lose();
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  far->admit = [](const block&) { return admission_code::malformed; };
  connect();
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 1u);
  CAF_CHECK(of_a->settlements[0].reasons[0].uncertain);
}

CAF_TEST(a producer that is ended says what it leaves) {
  open_alone();
  connect();
  push_as(a, 0, 10);
  push_as(a, 10, 1); // open
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 2u);
  CAF_CHECK(of_a->settlements[0].reasons[0].uncertain);
  CAF_CHECK(!of_a->settlements[1].reasons[0].uncertain);
}

CAF_TEST(a refused block is not in doubt when its node is lost) {
  open_alone();
  connect();
  far->admit = [](const block&) { return admission_code::overloaded; };
  push_as(a, 0, 10);
  lose();
  far->admit = [](const block&) { return admission_code::accepted; };
  connect();
  CAF_CHECK(far->asks.empty());
  CAF_REQUIRE_EQUAL(far->blocks.size(), 2u);
  pass(10s); // the timer of the refusal finds nothing to do
  CAF_CHECK_EQUAL(far->blocks.size(), 2u);
  settle(far->blocks[1]);
  CAF_CHECK_EQUAL(close().possibly_duplicated, 0u);
}

CAF_TEST(answers of a lost node are ignored) {
  open_alone();
  connect();
  // It never answers; the request ends when there is another node.
  far->admit = [](const block&) { return std::optional<admission_code>{}; };
  push_as(a, 0, 10);
  lose();
  far->admit = [](const block&) { return admission_code::accepted; };
  far->stands = [](const ask&) { return standing{standing_code::unknown, {}}; };
  connect();
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  CAF_CHECK_EQUAL(far->blocks.size(), 2u);
  pass(options.admission_timeout + 1s);
  CAF_CHECK_EQUAL(far->asks.size(), 1u);
  CAF_CHECK_EQUAL(far->blocks.size(), 2u);
}

CAF_TEST(without a node for too long the rows fail) {
  options.give_up = 5s;
  open_alone();
  connect();
  push_as(a, 0, 10);
  lose();
  push_as(a, 10, 10);
  pass(4s);
  CAF_CHECK(of_a->settlements.empty());
  pass(3s);
  CAF_REQUIRE_EQUAL(of_a->settlements.size(), 2u);
  for (auto& x : of_a->settlements) {
    CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
    CAF_CHECK_EQUAL(x.reasons[0].reason, "node_lost");
    CAF_CHECK_EQUAL(x.reasons[0].uncertain, x.tag == 0);
  }
  push_as(a, 20, 10);
  CAF_CHECK_EQUAL(of_a->settlements.size(), 3u);
  // A node ends that.
  connect();
  push_as(a, 30, 10);
  CAF_CHECK_EQUAL(far->blocks.back().first, 30u);
  settle(far->blocks.back());
  CAF_CHECK_EQUAL(close().failed, 30u);
}

CAF_TEST(all tables together have a window) {
  options.total_window = 1000;
  open();
  for (auto i = 0; i < 20; ++i)
    push_as(a, 10u * static_cast<unsigned>(i), 10,
            "shop.t" + std::to_string(i));
  auto let_in = of_a->pushed_tags.size();
  CAF_CHECK(let_in > 0 && let_in < 20);
  auto known = far->blocks;
  for (auto& x : known)
    settle(x);
  CAF_CHECK_EQUAL(of_a->pushed_tags.size(), 20u);
  CAF_CHECK_EQUAL(close().stored, 200u);
}

CAF_TEST(the observer hears of the connection) {
  auto heard = std::make_shared<std::vector<std::string>>();
  auto observer = start([heard]() -> caf::behavior {
    return {
      [heard](const connected& x) { heard->push_back(to_string(x.where)); },
      [heard](const lost& x) { heard->push_back(x.reason); },
    };
  });
  options.observer = caf::actor_cast<caf::strong_actor_ptr>(observer);
  open_alone();
  lose();
  connect();
  CAF_CHECK((*heard == std::vector<std::string>{"gone", "earth:1"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
