#define CAF_SUITE error_collector

#include "actors/error_collector.hpp"

#include <map>

#include "client/failure_position.hpp"
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
    auto& past = pasts[who];
    if (!past)
      past = std::make_shared<subscriber_past>();
    return call<reply>(uut, subscription{who, std::move(what), past});
  }

  /// Fails rows of a block; checks that they are acknowledged at once.
  void fail(block rows, row_range which,
            failure_reason why = {"invalid", "", "", 200, false}) {
    auto source = hold(1, std::move(rows));
    std::vector<decision> items{
      {source, which, false, std::move(why), false, 3}};
    losses x{++numbers, std::make_shared<const std::vector<decision>>(items)};
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

  /// Joins as a SUBSCRIBER does that was told up to `after`.
  reply join_after(const caf::strong_actor_ptr& who, const std::string& after,
                   const char* table = nullptr) {
    join what;
    if (table)
      what.table = *parse_table(table);
    what.extras[bqs::join_after] = after;
    return subscribe(who, what);
  }

  /// Returns the last message that it got.
  const failures& join_after_all(const caf::strong_actor_ptr& who,
                                 const std::string& after,
                                 const char* table = nullptr) {
    CAF_CHECK(join_after(who, after, table).code == reply_code::ok);
    return *told(who).back().what;
  }

  void leave(const caf::strong_actor_ptr& who) {
    self->send(uut, caf::leave_atom_v, who);
    consume_messages();
  }

  void forget(const caf::strong_actor_ptr& who) {
    self->send(uut, caf::delete_atom_v, who);
    consume_messages();
  }

  void change(table_state state, const std::string& reason,
              const std::string& table = "shop.events") {
    self->send(uut, state_change{*parse_table(table), state, reason, {}});
    consume_messages();
  }

  std::uint64_t rows_told(const caf::strong_actor_ptr& who) const {
    std::uint64_t result = 0;
    for (auto& x : told(who))
      if (x.what)
        for (auto& item : x.what->items)
          result += item.rows.size();
    return result;
  }

  std::uint64_t rows_missed(const caf::strong_actor_ptr& who) const {
    std::uint64_t result = 0;
    for (auto& x : told(who))
      result += x.missed;
    return result;
  }

  std::vector<state_change>
  states_told(const caf::strong_actor_ptr& who) const {
    std::vector<state_change> result;
    for (auto& x : told(who))
      result.insert(result.end(), x.states.begin(), x.states.end());
    return result;
  }

  /// Rows that `who` had missed when it was told the message at `i`.
  std::uint64_t missed_before(const caf::strong_actor_ptr& who,
                              std::size_t i) const {
    return told(who)[i].missed;
  }

  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::map<caf::strong_actor_ptr, std::shared_ptr<subscriber_past>> pasts;
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

CAF_TEST(what was missed is told by the next collector) {
  subscribe(me);
  fail_bytes(9'000);
  fail_bytes(9'000);
  fail_bytes(9'000);
  CAF_CHECK_EQUAL(told(me).size(), 1u);
  self->send_exit(uut, caf::exit_reason::kill);
  consume_messages();
  open();
  sent.clear();
  subscribe(me);
  CAF_REQUIRE_EQUAL(told(me).size(), 1u);
  CAF_CHECK(!told(me)[0].what);
  CAF_CHECK(told(me)[0].missed == 2u);
  // An acknowledgement that comes late is of the one before.
  fail_bytes(9'000);
  CAF_CHECK_EQUAL(told(me).back().what->number, 2u);
  acknowledge(me, 1);
  fail_bytes(9'000);
  CAF_CHECK_EQUAL(told(me).size(), 2u);
  acknowledge(me, 2);
  CAF_CHECK(told(me).back().missed == 1u);
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
  fail_bytes(50);
  fail_bytes(50);
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

CAF_TEST(many subscribers that do not read share the windows of four) {
  std::vector<caf::strong_actor_ptr> crowd;
  for (auto i = 0; i < 100; ++i) {
    crowd.push_back(subscriber());
    subscribe(crowd.back());
  }
  for (auto i = 0; i < 20; ++i)
    fail_bytes(900);
  std::size_t bytes = 0;
  for (auto& x : sent)
    for (auto& item : x.what->items)
      bytes += failure_history::cost(item);
  CAF_CHECK(bytes <= 4 * 10'000);
  CAF_CHECK(bytes > 3 * 10'000);
  // Each hears what it has missed as soon as it reads, also one that was told
  // no row at all.
  for (auto& x : crowd)
    for (std::size_t seen = 0; seen < told(x).size(); ++seen)
      if (told(x)[seen].what)
        acknowledge(x, told(x)[seen].what->number);
  for (auto& x : crowd)
    CAF_CHECK_EQUAL(rows_told(x) + rows_missed(x), 20u);
  // And there is room again.
  sent.clear();
  fail_bytes(9000);
  CAF_CHECK_EQUAL(rows_told(crowd[0]), 1u);
}

CAF_TEST(those who do not read leave room for one who does) {
  for (auto i = 0; i < 8; ++i)
    subscribe(subscriber());
  for (auto i = 0; i < 100; ++i)
    fail_bytes(500);
  subscribe(me);
  for (auto i = 0; i < 10; ++i) {
    fail_bytes(500);
    acknowledge(me, told(me).back().what->number);
  }
  CAF_CHECK_EQUAL(rows_told(me), 10u);
  CAF_CHECK_EQUAL(rows_missed(me), 0u);
}

CAF_TEST(who is gone takes no room) {
  for (auto i = 0; i < 20; ++i) {
    auto x = subscriber();
    subscribe(x);
    fail_bytes(9000);
    CAF_CHECK_EQUAL(rows_told(x), 1u);
    forget(x);
  }
}

// Else whoever does not read could have its window again and again.
CAF_TEST(who leaves and joins again has the window that it had) {
  subscribe(me);
  fail_bytes(9000);
  CAF_CHECK_EQUAL(rows_told(me), 1u);
  for (auto i = 0; i < 5; ++i) {
    leave(me);
    CAF_CHECK_EQUAL(count->subscribers.load(), 0u);
    fail_bytes(1);
    subscribe(me);
    CAF_CHECK_EQUAL(count->subscribers.load(), 1u);
    fail_bytes(9000);
    CAF_CHECK_EQUAL(rows_told(me), 1u);
  }
  acknowledge(me, 1);
  CAF_CHECK_EQUAL(rows_missed(me), 5u);
  fail_bytes(9000);
  CAF_CHECK_EQUAL(rows_told(me), 2u);
  // An acknowledgement that comes behind the leave frees its window.
  leave(me);
  acknowledge(me, 2);
  fail_bytes(9000);
  CAF_CHECK_EQUAL(rows_told(me), 2u);
  subscribe(me);
  fail_bytes(9000);
  CAF_CHECK_EQUAL(rows_told(me), 3u);
}

CAF_TEST(a state is told however little room there is) {
  for (auto i = 0; i < 100; ++i)
    subscribe(subscriber());
  for (auto i = 0; i < 50; ++i)
    fail_bytes(900);
  join what;
  what.states = true;
  subscribe(me, what);
  change(table_state::missing, "no such table");
  change(table_state::ok, "");
  CAF_REQUIRE_EQUAL(states_told(me).size(), 1u);
  acknowledge(me, told(me).back().what->number);
  CAF_CHECK_EQUAL(states_told(me).size(), 2u);
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

CAF_TEST(who joins late asks for the last failures) {
  fail(make_block(0, 3), {0, 3});
  fail(make_block(0, 2, "shop.other"), {0, 2});
  join what;
  what.last = 4;
  auto answer = subscribe(me, what);
  CAF_CHECK_EQUAL(answer.rows, 4u);
  CAF_CHECK_EQUAL(rows_told(me), 4u);
  what.last = 100;
  what.table = *parse_table("shop.events");
  CAF_CHECK_EQUAL(subscribe(other, what).rows, 3u);
  CAF_CHECK_EQUAL(rows_told(other), 3u);
  // What comes then is told as ever.
  fail(make_block(9, 1), {0, 1});
  CAF_CHECK_EQUAL(rows_told(me), 5u);
  CAF_CHECK_EQUAL(rows_told(other), 4u);
}

CAF_TEST(who comes back is told what failed meanwhile and what is forgotten) {
  init.keep = 3;
  open();
  auto& x = join_after_all(me, "");
  CAF_CHECK(x.items.empty()); // it only says where we stand
  fail(make_block(0, 1), {0, 1});
  auto position = told(me).back().what->extras.at(failures_position);
  leave(me);
  fail(make_block(1, 2), {0, 2});
  sent.clear();
  join_after_all(me, position);
  CAF_CHECK_EQUAL(rows_told(me), 2u);
  CAF_CHECK_EQUAL(rows_missed(me), 0u);
  position = told(me).back().what->extras.at(failures_position);
  leave(me);
  fail(make_block(3, 5), {0, 5});
  sent.clear();
  join_after_all(me, position);
  CAF_CHECK_EQUAL(rows_told(me), 3u);
  CAF_CHECK_EQUAL(rows_missed(me), 2u);
  CAF_CHECK_EQUAL(count->missed.load(), 2u);
}

CAF_TEST(a position counts the rows of the table that was asked for) {
  join_after_all(me, "", "shop.events");
  fail(make_block(0, 2, "shop.other"), {0, 2});
  fail(make_block(0, 3), {0, 3});
  auto position = told(me).back().what->extras.at(failures_position);
  CAF_CHECK(position.starts_with("3@"));
  fail(make_block(5, 2, "shop.other"), {0, 2});
  leave(me);
  sent.clear();
  join_after_all(me, position, "shop.events");
  CAF_CHECK_EQUAL(rows_told(me), 0u);
  CAF_CHECK_EQUAL(rows_missed(me), 0u);
}

CAF_TEST(a position of another collector means nothing) {
  join_after_all(me, "");
  fail(make_block(0, 7), {0, 7});
  auto position = told(me).back().what->extras.at(failures_position);
  open();
  fail(make_block(20, 2), {0, 2});
  sent.clear();
  join_after_all(me, position);
  CAF_CHECK_EQUAL(rows_told(me), 2u);
  for (auto bad : {"x@y", "@", "99999999999999999999999@", "12"}) {
    leave(me);
    sent.clear();
    CAF_CHECK(join_after(me, bad).code == reply_code::ok);
  }
}

CAF_TEST(what was missed is not told as new after a second join) {
  open(1000);
  join_after_all(me, "");
  fail_bytes(900);
  fail_bytes(900); // missed
  acknowledge(me, 1);
  acknowledge(me, 2);
  CAF_CHECK_EQUAL(rows_missed(me), 1u);
  fail_bytes(10);
  auto position = told(me).back().what->extras.at(failures_position);
  CAF_CHECK(position.starts_with("3@"));
}

CAF_TEST(what was told as missed is not told again to who comes back) {
  open(1000);
  join_after_all(me, "");
  acknowledge(me, 1);
  fail_bytes(900);
  fail_bytes(900); // missed
  acknowledge(me, 2);
  CAF_CHECK_EQUAL(rows_missed(me), 1u);
  auto position = told(me).back().what->extras.at(failures_position);
  leave(me);
  sent.clear();
  join_after_all(me, position);
  CAF_CHECK_EQUAL(rows_told(me), 0u);
  CAF_CHECK_EQUAL(rows_missed(me), 0u);
  CAF_CHECK_EQUAL(count->missed.load(), 1u);
}

CAF_TEST(a second join with a position counts nothing twice) {
  open(1000);
  join_after_all(me, "");
  fail_bytes(900);
  fail_bytes(900); // missed, not told yet
  sent.clear();
  // As one of another collector, its window still full.
  CAF_CHECK(join_after(me, "0@" + to_string(make_stream(1))).code
            == reply_code::ok);
  acknowledge(me, 2);
  CAF_CHECK_EQUAL(rows_told(me) + rows_missed(me), 2u);
}

CAF_TEST(of past failures the newest come that fit the window) {
  open(1000);
  for (auto i = 0; i < 5; ++i)
    fail(make_block(static_cast<std::uint64_t>(i), 1), {0, 1},
         {"invalid", std::string(200, 'x'), "", 200, false});
  join what;
  what.last = 5;
  auto answer = subscribe(me, what);
  CAF_CHECK(answer.rows > 0 && answer.rows < 5);
  CAF_CHECK_EQUAL(rows_told(me), answer.rows);
  CAF_CHECK_EQUAL(rows_missed(me), 5 - answer.rows);
  CAF_CHECK(told(me).back().what->items[0].rows[0].json == row_text(4));
}

CAF_TEST(states go to those who want them) {
  change(table_state::missing, "no such table");
  join what;
  what.failures = false;
  what.states = true;
  subscribe(me, what);
  subscribe(other);
  // First those that are not well.
  CAF_REQUIRE_EQUAL(states_told(me).size(), 1u);
  CAF_CHECK(states_told(me)[0].state == table_state::missing);
  CAF_CHECK(states_told(me)[0].reason == "no such table");
  change(table_state::ok, "");
  CAF_CHECK_EQUAL(states_told(me).size(), 2u);
  CAF_CHECK(states_told(other).empty());
  fail_bytes(1);
  CAF_CHECK_EQUAL(rows_told(me), 0u);
}

CAF_TEST(a slow subscriber is told the last state only) {
  join what;
  what.states = true;
  what.window = 1;
  subscribe(me, what);
  change(table_state::unavailable, "1");
  for (auto i = 0; i < 1000; ++i)
    change(table_state::throttled, std::to_string(i));
  CAF_CHECK_EQUAL(states_told(me).size(), 1u);
  acknowledge(me, 1);
  CAF_REQUIRE_EQUAL(states_told(me).size(), 2u);
  CAF_CHECK(states_told(me)[1].reason == "999");
}

CAF_TEST(states are told in the order in which they came) {
  change(table_state::missing, "1", "shop.z");
  change(table_state::missing, "2", "shop.well");
  change(table_state::ok, "3", "shop.well");
  change(table_state::throttled, "4", "shop.a");
  join what;
  what.states = true;
  what.window = 1;
  subscribe(me, what);
  change(table_state::ok, "5", "shop.z");
  change(table_state::paused, "6", "shop.new");
  change(table_state::ok, "7", "shop.a");
  for (std::uint64_t i = 1; i <= 10; ++i)
    acknowledge(me, i);
  std::string reasons;
  for (auto& x : states_told(me))
    reasons += x.reason;
  CAF_CHECK_EQUAL(reasons, "1567");
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
