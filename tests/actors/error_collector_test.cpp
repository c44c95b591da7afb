#define CAF_SUITE error_collector

#include "actors/error_collector.hpp"

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct fixture : deterministic {
  fixture() {
    auto gate = start([this]() -> caf::behavior {
      return {[this](const dispatch& x) { sent.push_back(x); }};
    });
    init.gate = caf::actor_cast<gate_actor>(gate);
    init.count = count;
    init.project = "home";
    open();
    me = subscriber();
    other = subscriber();
  }

  ~fixture() override {
    sent.clear();
  }

  /// Starts a collector, in place of the one before.
  void open(std::size_t window = 10'000) {
    init.window = window;
    uut = start(error_collector, init);
  }

  caf::strong_actor_ptr subscriber() {
    auto x = start([]() -> caf::behavior { return {[](caf::unit_t) {}}; });
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  reply subscribe(const caf::strong_actor_ptr& who, join what = {}) {
    return call<reply>(uut, subscription{who, std::move(what)});
  }

  /// Fails rows of a block; checks that they are acknowledged at once.
  void fail(block rows, row_range which,
            failure_reason why = {"invalid", "", "", 200, false}) {
    auto source = hold(1, std::move(rows));
    losses x{++numbers, {{source, which, false, std::move(why), false, 3}}};
    CAF_CHECK_EQUAL(call<std::uint64_t>(uut, x), numbers);
  }

  /// One row of `bytes` bytes for the table.
  void fail_bytes(std::size_t bytes, const std::string& table = "shop.events") {
    block_builder b;
    b.add(std::string_view{std::string(bytes, 'x')});
    fail(b.finish(make_stream(1), 0, *parse_table(table)), {0, 1});
  }

  void acknowledge(const caf::strong_actor_ptr& who, std::uint64_t number) {
    self->send(uut, failures_ack{number}, who);
    consume_messages();
  }

  /// What one subscriber has been told.
  std::vector<dispatch> told(const caf::strong_actor_ptr& who) const {
    std::vector<dispatch> result;
    for (auto& x : sent)
      if (x.to == who)
        result.push_back(x);
    return result;
  }

  /// Rows that `who` had missed when it was told the message at `i`.
  std::uint64_t missed_before(const caf::strong_actor_ptr& who,
                              std::size_t i) const {
    return told(who)[i].missed;
  }

  std::shared_ptr<counters> count = std::make_shared<counters>();
  error_collector_init init;
  error_collector_actor uut;
  std::vector<dispatch> sent;
  caf::strong_actor_ptr me;
  caf::strong_actor_ptr other;
  std::uint64_t numbers = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(error_collector_tests, fixture)

CAF_TEST(a subscriber gets copies of the failed rows) {
  subscribe(me);
  block_builder b;
  b.add(std::string_view{"{\"a\":1}"}, "own-1");
  b.add(std::string_view{"{\"a\":2}"});
  b.add(std::string_view{"{\"a\":3}"}, "own-3");
  b.add(std::string_view{"{\"a\":4}"});
  failure_reason why{"invalid", "no such field", "a", 200, true};
  fail(b.finish(make_stream(1), 50, *parse_table("shop.events")), {1, 3}, why);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK(sent[0].to == me);
  CAF_CHECK_EQUAL(sent[0].missed, 0u);
  auto& x = *sent[0].what;
  CAF_CHECK_EQUAL(x.number, 1u);
  CAF_REQUIRE_EQUAL(x.items.size(), 1u);
  CAF_CHECK(x.items[0].table == *parse_table("shop.events"));
  CAF_CHECK(x.items[0].why == why);
  CAF_CHECK_EQUAL(x.items[0].attempts, 3u);
  CAF_CHECK(x.items[0].time > caf::timestamp{});
  CAF_REQUIRE_EQUAL(x.items[0].rows.size(), 2u);
  CAF_CHECK_EQUAL(x.items[0].rows[0].insert_id,
                  to_string(make_stream(1)) + "-51");
  CAF_CHECK_EQUAL(x.items[0].rows[0].json, "{\"a\":2}");
  CAF_CHECK_EQUAL(x.items[0].rows[1].insert_id, "own-3");
}

CAF_TEST(failures without subscribers are acknowledged and forgotten) {
  fail(make_block(0, 3), {0, 3});
  subscribe(me);
  CAF_CHECK(sent.empty());
  CAF_CHECK_EQUAL(count->missed.load(), 0u);
}

CAF_TEST(a filter passes its table and the partitions of it) {
  join what;
  what.table = *parse_table("shop.events");
  subscribe(me, what);
  what.table = *parse_table("home:shop.events");
  subscribe(other, what);
  fail(make_block(0, 1), {0, 1});
  fail(make_block(0, 1, "shop.events$20260131"), {0, 1});
  fail(make_block(0, 1, "home:shop.events"), {0, 1});
  fail(make_block(0, 1, "away:shop.events"), {0, 1});
  fail(make_block(0, 1, "shop.other"), {0, 1});
  fail(make_block(0, 1, "ship.events"), {0, 1});
  CAF_CHECK_EQUAL(told(me).size(), 4u);
  // Tables that name no project are at home.
  CAF_REQUIRE_EQUAL(told(other).size(), 3u);
  CAF_CHECK_EQUAL(told(other)[2].what->items[0].table.project, "home");
}

CAF_TEST(a subscriber that wants no failures gets none) {
  join what;
  what.failures = false;
  subscribe(me, what);
  fail(make_block(0, 1), {0, 1});
  CAF_CHECK(sent.empty());
}

CAF_TEST(what does not fit the window is counted and told later) {
  subscribe(me);
  subscribe(other);
  fail_bytes(9000);
  fail_bytes(5000);
  fail_bytes(5000);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
  CAF_CHECK_EQUAL(count->missed.load(), 4u);
  acknowledge(me, 1);
  CAF_REQUIRE_EQUAL(told(me).size(), 2u);
  CAF_CHECK(told(me)[1].what == nullptr);
  CAF_CHECK_EQUAL(missed_before(me, 1), 2u);
  fail_bytes(5000);
  CAF_REQUIRE_EQUAL(told(me).size(), 3u);
  CAF_CHECK_EQUAL(told(me)[2].what->number, 2u); // no gap
  CAF_CHECK_EQUAL(missed_before(me, 2), 0u);
  // The other one has acknowledged nothing.
  CAF_CHECK_EQUAL(told(other).size(), 1u);
  acknowledge(other, 1);
  CAF_CHECK_EQUAL(missed_before(other, 1), 3u);
}

CAF_TEST(a subscriber brings its own window) {
  join what;
  what.window = 1000;
  subscribe(me, what);
  fail_bytes(500);
  fail_bytes(500);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
  acknowledge(me, 0); // not this one
  fail_bytes(500);
  CAF_REQUIRE_EQUAL(told(me).size(), 2u); // that it has missed one
  CAF_CHECK_EQUAL(missed_before(me, 1), 1u);
  acknowledge(me, 1);
  fail_bytes(300);
  fail_bytes(300);
  CAF_CHECK_EQUAL(told(me).back().what->number, 3u);
}

CAF_TEST(a window is at most the one of the node) {
  join what;
  what.window = ~std::uint64_t{0};
  subscribe(me, what);
  fail_bytes(6'000);
  fail_bytes(6'000);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
}

CAF_TEST(a row larger than the window passes if nothing is open) {
  subscribe(me);
  fail_bytes(50'000);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
  fail_bytes(1);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
  acknowledge(me, 1);
  fail_bytes(50'000);
  CAF_CHECK_EQUAL(told(me).back().what->number, 2u);
}

CAF_TEST(many rows come in messages of bounded size) {
  open(64u << 20);
  subscribe(me);
  block_builder b;
  for (auto i = 0; i < 300; ++i)
    b.add(std::string_view{std::string(10'000, 'x')});
  auto rows = b.finish(make_stream(1), 0, *parse_table("shop.events"));
  fail(rows, {0, 300});
  CAF_CHECK_EQUAL(sent.size(), 3u);
  std::size_t count_of_rows = 0;
  std::uint64_t number = 0;
  for (auto& x : sent) {
    CAF_CHECK_EQUAL(x.what->number, ++number);
    std::size_t bytes = 0;
    for (auto& item : x.what->items)
      for (auto& row : item.rows) {
        bytes += row.json.size();
        ++count_of_rows;
      }
    CAF_CHECK(bytes <= 1u << 20);
  }
  CAF_CHECK_EQUAL(count_of_rows, 300u);
}

CAF_TEST(a subscriber that is gone is forgotten) {
  subscribe(me);
  subscribe(other);
  CAF_CHECK_EQUAL(count->subscribers.load(), 2u);
  self->send(uut, caf::leave_atom_v, me);
  self->send(uut, caf::leave_atom_v, me); // twice
  consume_messages();
  CAF_CHECK_EQUAL(count->subscribers.load(), 1u);
  fail_bytes(1);
  CAF_CHECK(told(me).empty());
  CAF_CHECK_EQUAL(told(other).size(), 1u);
  crash(uut);
  CAF_CHECK_EQUAL(count->subscribers.load(), 0u);
}

CAF_TEST(a second join replaces the first) {
  subscribe(me);
  join what;
  what.table = *parse_table("shop.other");
  subscribe(me, what);
  CAF_CHECK_EQUAL(count->subscribers.load(), 1u);
  fail_bytes(1);
  CAF_CHECK(sent.empty());
  fail_bytes(1, "shop.other");
  CAF_CHECK_EQUAL(sent.size(), 1u);
}

CAF_TEST(what this version cannot tell is refused) {
  join what;
  what.states = true;
  CAF_CHECK(subscribe(me, what).code == reply_code::not_supported);
  what = {};
  what.last = 5;
  CAF_CHECK(subscribe(me, what).code == reply_code::not_supported);
  what = {};
  what.extras["!new"] = "";
  CAF_CHECK(subscribe(me, what).code == reply_code::malformed);
  what.extras = {{"new", ""}};
  CAF_CHECK(subscribe(me, what).code == reply_code::ok);
  CAF_CHECK_EQUAL(count->subscribers.load(), 1u);
}

CAF_TEST(the collector tells when all is acknowledged) {
  auto done = 0;
  auto wait = [&] {
    start([&](caf::event_based_actor* x) -> caf::behavior {
      x->request(uut, caf::infinite, finish{})
        .then([&](caf::ok_atom) { ++done; }, [](caf::error&) {});
      return {[](caf::unit_t) {}};
    });
  };
  wait();
  CAF_CHECK_EQUAL(done, 1);
  subscribe(me);
  subscribe(other);
  fail_bytes(1);
  wait();
  acknowledge(me, 1);
  CAF_CHECK_EQUAL(done, 1);
  self->send(uut, caf::leave_atom_v, other);
  consume_messages();
  CAF_CHECK_EQUAL(done, 2);
  acknowledge(nullptr, 1);
  acknowledge(other, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
