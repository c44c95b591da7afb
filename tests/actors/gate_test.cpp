#define CAF_SUITE gate

#include "tests/stand_ins.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct fixture : deterministic {
  fixture() {
    me = start(client, mine);
  }

  ~fixture() override {
    *near = {}; // its handles keep others
  }

  void open(std::size_t limit = 1u << 20, std::size_t max_block = 1u << 19,
            std::uint32_t window = 10) {
    answering = start(quiet_supervisor, near);
    room = std::make_shared<budget>(limit);
    gate_init x;
    x.room = room;
    x.count = count;
    x.max_block_bytes = max_block;
    x.receipts_window = window;
    x.project = has_project ? "home" : "";
    x.admin_pass = admin_pass;
    x.supervisor = caf::actor_cast<supervisor_actor>(answering);
    door = adopt(sys.spawn<bqs::gate>(std::move(x)));
    new_collector();
  }

  void new_collector() {
    collector = start(quiet_collector, near);
    auto typed = caf::actor_cast<error_collector_actor>(collector);
    call<caf::ok_atom>(door, collector_up{typed});
  }

  /// Sends as the client.
  template <class T>
  void send(T x) {
    say(me, door, std::move(x));
  }

  admission last_admission() {
    CAF_REQUIRE(!mine->admissions.empty());
    return mine->admissions.back();
  }

  caf::strong_actor_ptr me_ptr() const {
    return caf::actor_cast<caf::strong_actor_ptr>(me);
  }

  /// Delivers a receipt to the client.
  void deliver(std::uint64_t first) {
    auto x = std::make_shared<receipt>();
    x->first = first;
    self->send(door, deliveries{{{me_ptr(), x}}});
    consume_messages();
  }

  /// Lets five receipts come to a client that may have three and says nothing.
  void fill_window() {
    open(1u << 20, 1u << 19, 3);
    mine->acknowledge = false;
    send(make_block(0, 1));
    for (std::uint64_t i = 0; i < 5; ++i)
      deliver(i);
    CAF_CHECK_EQUAL(mine->receipts.size(), 3u);
  }

  /// Whether a request has an error for an answer.
  template <class Out, class In>
  bool is_refused(In x) {
    auto result = false;
    auto asked = self->request(door, caf::infinite, std::move(x));
    consume_messages();
    asked.receive([](const Out&) {}, [&](caf::error&) { result = true; });
    return result;
  }

  /// Lets the supervisor answer what waits, and all else at once.
  void answer_all() {
    near->slow = false;
    self->send(answering, caf::ok_atom_v);
    consume_messages();
  }

  bool alive() {
    return call<status>(door, get_status{}).json == "{}";
  }

  bool has_project = true;
  std::string admin_pass;
  std::shared_ptr<budget> room;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<neighbours> near = std::make_shared<neighbours>();
  std::shared_ptr<inbox> mine = std::make_shared<inbox>();
  caf::actor answering;
  caf::actor collector;
  gate_actor door;
  caf::actor me;
};

row make_row(const std::string& table, std::string json, std::string id = {}) {
  return {*parse_table(table), std::move(json), std::move(id), {}};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(gate_tests, fixture)

// -- budget -------------------------------------------------------------------

CAF_TEST(a block is on the budget before it is handled until it is dropped) {
  open();
  auto x = make_block(0, 10);
  caf::send_as(me, door, x);
  CAF_CHECK_EQUAL(room->used(), cost(x)); // nothing has run yet
  consume_messages();
  CAF_CHECK(last_admission().code == admission_code::accepted);
  CAF_CHECK_EQUAL(room->used(), cost(x));
  CAF_REQUIRE_EQUAL(near->offers.size(), 1u);
  CAF_CHECK(near->offers[0].rows.bytes == x.bytes); // not a copy
  CAF_CHECK(near->offers[0].sender == me_ptr());
  near->offers.clear();
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(a block over budget is refused before it is queued) {
  auto x = make_block(0, 10);
  open(2 * cost(x));
  caf::send_as(me, door, x);
  caf::send_as(me, door, make_block(10, 10, "shop.orders"));
  caf::send_as(me, door, make_block(20, 10, "shop.places"));
  CAF_CHECK_EQUAL(room->used(), 2 * cost(x));
  consume_messages();
  CAF_CHECK_EQUAL(near->offers.size(), 2u);
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 3u);
  // The refusal did not wait behind the others.
  auto& y = mine->admissions[0];
  CAF_CHECK(y.code == admission_code::overloaded);
  CAF_CHECK(y.wait > caf::timespan{0});
  CAF_CHECK_EQUAL(y.first, 20u);
  CAF_CHECK_EQUAL(y.rows, 10u);
  CAF_CHECK(y.stream == make_stream(1));
  CAF_CHECK_EQUAL(count->refused_overloaded.load(), 1u);
  near->offers.clear();
  send(make_block(20, 10));
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a table that holds its share leaves room for others) {
  open(8 * cost(make_block(0, 10)));
  for (auto i = 0u; i < 6; ++i) {
    send(make_block(i * 10, 10));
    CAF_CHECK(last_admission().code == admission_code::accepted);
  }
  send(make_block(60, 10));
  CAF_CHECK(last_admission().code == admission_code::overloaded);
  CAF_CHECK(last_admission().wait > caf::timespan{0});
  CAF_CHECK_EQUAL(count->refused_share.load(), 1u);
  CAF_CHECK_EQUAL(count->refused_overloaded.load(), 1u);
  CAF_CHECK_EQUAL(room->used(), 6 * cost(make_block(0, 10)));
  auto x = call<admission>(door, make_row("shop.events", "{}"));
  CAF_CHECK(x.code == admission_code::overloaded);
  send(make_block(0, 10, "shop.orders"));
  CAF_CHECK(last_admission().code == admission_code::accepted);
  near->offers.clear();
  CAF_CHECK_EQUAL(room->used(), 0u);
  send(make_block(60, 10));
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a budget that is overdrawn is not taken for an empty one) {
  open(8 * cost(make_block(0, 10)));
  send(make_block(0, 10));
  caf::send_as(me, door, make_block(10, 10));
  room->charge(room->limit()); // what cannot be refused, meanwhile
  consume_messages();
  CAF_CHECK(last_admission().code == admission_code::overloaded);
  CAF_CHECK_EQUAL(count->refused_share.load(), 1u);
  room->release(room->limit());
}

CAF_TEST(a table that is not well holds less) {
  open(8 * cost(make_block(0, 10)));
  self->send(door, table_health{*parse_table("home:shop.events"), false});
  send(make_block(0, 10));
  send(make_block(10, 10));
  CAF_CHECK(last_admission().code == admission_code::accepted);
  send(make_block(20, 10));
  CAF_CHECK(last_admission().code == admission_code::overloaded);
  self->send(door, table_health{*parse_table("shop.events"), true});
  send(make_block(20, 10));
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a block over the limit is refused for good with the limit) {
  open(1u << 20, 2000);
  send(make_block(0, 500));
  auto x = last_admission();
  CAF_CHECK(x.code == admission_code::block_too_large);
  CAF_CHECK_EQUAL(x.limit, 2000u);
  CAF_CHECK_EQUAL(x.rows, 500u);
  CAF_CHECK_EQUAL(room->used(), 0u);
  CAF_CHECK_EQUAL(count->refused_block_too_large.load(), 1u);
  CAF_CHECK(near->offers.empty());
}

CAF_TEST(a conflict comes from the supervisor and is counted) {
  open();
  near->says = admission_code::conflict;
  send(make_block(0, 1));
  CAF_CHECK(last_admission().code == admission_code::conflict);
  CAF_CHECK_EQUAL(count->refused_conflict.load(), 1u);
}

CAF_TEST(a supervisor that fails makes the sender try again) {
  open();
  auto supervisor = start([](caf::event_based_actor* x) -> caf::behavior {
    return {
      [](const gate_actor&) {},
      [x](const offer&) {
        auto promise = x->make_response_promise<admission>();
        promise.deliver(caf::make_error(caf::sec::runtime_error));
        return promise;
      },
    };
  });
  gate_init x;
  x.room = room;
  x.count = count;
  x.project = "home";
  x.supervisor = caf::actor_cast<supervisor_actor>(supervisor);
  door = adopt(sys.spawn<bqs::gate>(std::move(x)));
  send(make_block(0, 1));
  CAF_CHECK(last_admission().code == admission_code::overloaded);
  CAF_CHECK(last_admission().wait > caf::timespan{0});
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(the clock keeps nothing of what was admitted) {
  open();
  send(make_block(0, 10));
  send(make_row("shop.events", "{}"));
  CAF_REQUIRE_EQUAL(near->offers.size(), 2u);
  call<standing>(door, ask{});
  call<status>(door, get_status{});
  send(join{});
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_CHECK(!sched.clock().has_pending_timeout());
}

// -- frames -------------------------------------------------------------------

CAF_TEST(malformed blocks are refused whole and leave no trace) {
  open();
  auto hostile = [](auto change) {
    auto x = make_block(0, 3);
    auto bytes = std::make_shared<block_bytes>(*x.bytes);
    change(x, *bytes);
    if (x.bytes)
      x.bytes = bytes;
    return x;
  };
  std::vector<block> xs{
    hostile([](block& x, block_bytes&) { x.bytes = nullptr; }),
    hostile([](block&, block_bytes& y) { y = {}; }),
    hostile([](block&, block_bytes& y) { y.ends.clear(); }),
    hostile([](block&, block_bytes& y) { y.ends[2] += 1; }),
    hostile([](block&, block_bytes& y) { y.ends[2] -= 1; }),
    hostile([](block&, block_bytes& y) { y.ends[1] = UINT32_MAX; }),
    hostile([](block&, block_bytes& y) { std::swap(y.ends[0], y.ends[1]); }),
    hostile([](block&, block_bytes& y) { y.ids = "abc"; }),
    hostile([](block&, block_bytes& y) {
      y.id_ends = {0, 0};
    }),
    hostile([](block&, block_bytes& y) {
      y.id_ends = {0, 0, 9};
    }),
    hostile([](block&, block_bytes& y) {
      y.ids = "abc";
      y.id_ends = {3, 1, 3};
    }),
    hostile([](block& x, block_bytes&) { x.first = UINT64_MAX - 1; }),
    hostile([](block& x, block_bytes&) { x.table.dataset = "no dash-es"; }),
    hostile([](block& x, block_bytes&) { x.table.table = "../up"; }),
    hostile([](block& x, block_bytes&) { x.table.project = "p/../q"; }),
    hostile([](block& x, block_bytes&) { x.table.suffix = "?"; }),
    hostile([](block& x, block_bytes&) { x.extras["!new"] = ""; }),
  };
  for (auto& x : xs) {
    auto before = mine->admissions.size();
    send(x);
    CAF_REQUIRE_EQUAL(mine->admissions.size(), before + 1);
    CAF_CHECK(last_admission().code == admission_code::malformed);
    CAF_CHECK(!last_admission().text.empty());
    CAF_CHECK_EQUAL(last_admission().first, x.first);
    CAF_CHECK_EQUAL(room->used(), 0u);
  }
  CAF_CHECK(near->offers.empty());
  CAF_CHECK_EQUAL(count->refused_malformed.load(), xs.size());
  send(hostile([](block& x, block_bytes&) { x.extras["new"] = "1"; }));
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a table needs a project) {
  has_project = false;
  open();
  send(make_block(0, 1));
  CAF_CHECK(last_admission().code == admission_code::malformed);
  auto x = call<admission>(door, make_row("shop.events", "{}"));
  CAF_CHECK(x.code == admission_code::malformed);
  send(make_block(0, 1, "home:shop.events"));
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a drain that waits in the mailbox refuses what comes behind it) {
  open();
  caf::send_as(me, door, make_block(0, 1));
  caf::send_as(me, door, drain{});
  caf::send_as(me, door, make_block(1, 1));
  CAF_CHECK_EQUAL(room->used(), 2 * cost(make_block(0, 1)));
  consume_messages();
  CAF_CHECK_EQUAL(near->offers.size(), 1u);
  CAF_CHECK_EQUAL(near->drains.size(), 1u);
  CAF_CHECK_EQUAL(room->used(), cost(make_block(0, 1)));
  send(make_block(2, 1)); // refused at the door
  CAF_CHECK(last_admission().code == admission_code::draining);
  CAF_CHECK_EQUAL(count->refused_draining.load(), 2u);
}

// -- single rows --------------------------------------------------------------

CAF_TEST(rows that come together become one block for each table) {
  open();
  for (auto i = 0u; i < 3; ++i)
    caf::send_as(me, door, make_row("shop.a", row_text(i), std::to_string(i)));
  caf::send_as(me, door, make_row("shop.b", "{}"));
  CAF_CHECK(room->used() > 0);
  consume_messages();
  CAF_CHECK(mine->admissions.empty()); // nobody asked
  CAF_REQUIRE_EQUAL(near->offers.size(), 2u);
  auto& a = near->offers[0].rows;
  auto& b = near->offers[1].rows;
  CAF_CHECK(a.table == *parse_table("shop.a"));
  CAF_CHECK(b.table == *parse_table("shop.b"));
  CAF_REQUIRE_EQUAL(a.rows(), 3u);
  CAF_CHECK_EQUAL(a.bytes->row(2), row_text(2));
  CAF_CHECK_EQUAL(a.bytes->id(2), "2");
  CAF_CHECK(a.stream == b.stream);
  CAF_CHECK_EQUAL(b.first, a.first + 3);
  CAF_CHECK(near->offers[0].sender == nullptr);
  CAF_CHECK_EQUAL(room->used(), cost(a) + cost(b));
  caf::send_as(me, door, make_row("shop.a", "{}"));
  consume_messages();
  CAF_REQUIRE_EQUAL(near->offers.size(), 3u);
  CAF_CHECK_EQUAL(near->offers[2].rows.first, 4u);
  near->offers.clear();
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(a row is answered if it is requested) {
  open();
  auto x = call<admission>(door, make_row("shop.a", "{}"));
  CAF_CHECK(x.code == admission_code::accepted);
  CAF_CHECK_EQUAL(x.rows, 1u);
  CAF_CHECK(x.stream == stream_id{});
  auto bad = make_row("shop.a", "{}");
  bad.extras["!must"] = "";
  CAF_CHECK(call<admission>(door, bad).code == admission_code::malformed);
  send(bad);
  CAF_CHECK(mine->admissions.empty());
  CAF_CHECK_EQUAL(count->refused_malformed.load(), 2u);
  CAF_CHECK_EQUAL(near->offers.size(), 1u);
}

CAF_TEST(rows over budget are refused at the door) {
  open(3000);
  auto x = make_row("shop.a", std::string(500, ' '));
  caf::send_as(me, door, x);
  auto pending = self->request(door, caf::infinite, x);
  caf::send_as(me, door, x); // refused without a word
  pending.receive(
    [](const admission& y) {
      CAF_CHECK(y.code == admission_code::overloaded);
      CAF_CHECK(y.wait > caf::timespan{0});
    },
    [&](caf::error& err) { CAF_FAIL(sys.render(err)); });
  consume_messages();
  CAF_CHECK(mine->admissions.empty());
  CAF_CHECK_EQUAL(count->refused_overloaded.load(), 2u);
  CAF_CHECK_EQUAL(near->offers.size(), 1u);
}

CAF_TEST(many rows become blocks of bounded size) {
  open(64u << 20, 8u << 20);
  for (auto i = 0; i < 600; ++i)
    caf::send_as(me, door, make_row("shop.a", std::string(1000, ' ')));
  consume_messages();
  CAF_REQUIRE_EQUAL(near->offers.size(), 3u);
  std::uint64_t next = 0;
  for (auto& x : near->offers) {
    CAF_CHECK_EQUAL(x.rows.first, next);
    CAF_CHECK(x.rows.bytes->json.size() < (256u << 10) + 1000);
    next += x.rows.rows();
  }
  CAF_CHECK_EQUAL(next, 600u);
}

CAF_TEST(rows that were taken count as before a question) {
  open();
  caf::send_as(me, door, make_row("shop.a", "{}"));
  caf::send_as(me, door, flush{});
  consume_messages();
  CAF_CHECK_EQUAL(near->offers.size(), 1u);
  CAF_CHECK_EQUAL(near->flushes.size(), 1u);
}

// -- the door -----------------------------------------------------------------

CAF_TEST(an exit message without a local sender changes nothing) {
  open();
  // An anonymous one names its receiver as source.
  caf::anon_send_exit(door, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(alive());
  caf::anon_send(caf::actor_cast<caf::actor>(door),
                 caf::exit_msg{nullptr, caf::exit_reason::kill});
  consume_messages();
  CAF_CHECK(alive());
  self->monitor(door);
  self->send_exit(door, caf::exit_reason::user_shutdown);
  consume_messages();
  expect((caf::down_msg), from(_).to(self).with(_));
}

CAF_TEST(a forged response is dropped) {
  open();
  caf::send_as(me, door, make_block(0, 1));
  CAF_REQUIRE(sched.prioritize(door));
  sched.run_once(); // the gate has asked the supervisor
  admission forged;
  forged.code = admission_code::conflict;
  auto to = caf::actor_cast<caf::strong_actor_ptr>(door);
  auto id = caf::make_message_id();
  for (auto i = 0; i < 100; ++i) {
    ++id;
    to->enqueue(nullptr, id.response_id(), caf::make_message(forged), nullptr);
  }
  while (sched.prioritize(door))
    sched.run_once();
  CAF_CHECK(mine->admissions.empty());
  consume_messages();
  CAF_CHECK(last_admission().code == admission_code::accepted);
}

CAF_TEST(a forged down message is no end of a peer) {
  open();
  send(make_block(0, 1));
  caf::anon_send(caf::actor_cast<caf::actor>(door),
                 caf::down_msg{me.address(), caf::exit_reason::kill});
  consume_messages();
  deliver(0);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
}

CAF_TEST(what the gate does not know is dropped) {
  open();
  auto to = caf::actor_cast<caf::actor>(door);
  caf::send_as(me, to, "hello");
  caf::send_as(me, to, 42, make_block(0, 1));
  caf::send_as(me, to, make_block(0, 1), make_block(1, 1));
  caf::send_as(me, to, caf::make_error(caf::sec::runtime_error));
  caf::send_as(me, to, caf::unit);
  consume_messages();
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(room->used(), 0u);
  CAF_CHECK(near->offers.empty());
}

CAF_TEST(values of types of CAF do not enter from where peers may speak) {
  open();
  // A peer may give it as the sender of its own messages.
  sys.registry().put(self->id(), caf::actor_cast<caf::strong_actor_ptr>(self));
  auto is_refused_unseen = [&](auto... xs) {
    auto to = caf::actor_cast<caf::actor>(door);
    auto asked = self->request(to, caf::infinite, std::move(xs)...);
    if (sched.has_job()) { // it has entered
      consume_messages();
      return false;
    }
    caf::error why;
    asked.receive([](const caf::message&) {},
                  [&](caf::error& x) { why = std::move(x); });
    return why == caf::sec::unexpected_message;
  };
  CAF_CHECK(is_refused_unseen(42));
  CAF_CHECK(is_refused_unseen(std::string(1u << 20, 'x')));
  CAF_CHECK(is_refused_unseen(caf::ok_atom_v));
  CAF_CHECK(is_refused_unseen(caf::make_error(caf::sec::runtime_error)));
  CAF_CHECK(is_refused_unseen(make_block(0, 1), 42));
  CAF_CHECK(is_refused_unseen(make_block(0, 1), make_block(1, 1)));
  CAF_CHECK_EQUAL(room->used(), 0u);
  CAF_CHECK(near->offers.empty());
  CAF_CHECK(alive()); // what the gate knows does enter
  sys.registry().erase(self->id());
}

// -- receipts -----------------------------------------------------------------

CAF_TEST(so many receipts are sent without acknowledgement) {
  fill_window();
  send(receipts_ack{1000}); // more than there are
  for (std::uint64_t i = 5; i < 9; ++i)
    deliver(i);
  CAF_CHECK_EQUAL(mine->receipts.size(), 6u);
}

CAF_TEST(receipts beyond the window follow when others are acknowledged) {
  fill_window();
  send(receipts_ack{1});
  CAF_CHECK_EQUAL(mine->receipts.size(), 4u);
  deliver(5); // behind the one that waits
  send(receipts_ack{2});
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 6u);
  for (std::uint64_t i = 0; i < 6; ++i)
    CAF_CHECK_EQUAL(mine->receipts[i].first, i);
  CAF_CHECK_EQUAL(count->receipts_unsent.load(), 0u);
  auto done = false;
  auto waiter = start([&](caf::event_based_actor* x) -> caf::behavior {
    x->request(door, caf::infinite, finish{})
      .then([&](caf::ok_atom) { done = true; }, [](caf::error&) {});
    return {[](caf::unit_t) {}};
  });
  send(receipts_ack{2});
  CAF_CHECK(!done);
  send(receipts_ack{1});
  CAF_CHECK(done);
}

CAF_TEST(what is held back for one who acknowledges nothing is bounded) {
  open(1u << 20, 1u << 19, 3);
  mine->acknowledge = false;
  send(make_block(0, 1));
  auto large = std::make_shared<receipt>();
  large->failures.resize((1u << 20) / sizeof(failed_range));
  for (auto i = 0; i < 10; ++i)
    self->send(door, deliveries{{{me_ptr(), large}}});
  consume_messages();
  CAF_CHECK_EQUAL(mine->receipts.size(), 3u);
  CAF_CHECK_EQUAL(count->receipts_unsent.load(), 4u);
  // Of what came in between, the oldest were kept.
  deliver(7);
  send(receipts_ack{3});
  send(receipts_ack{3});
  CAF_CHECK_EQUAL(mine->receipts.size(), 7u);
  deliver(8);
  CAF_CHECK_EQUAL(mine->receipts.size(), 8u);
}

CAF_TEST(a receipt for one who is gone is dropped) {
  open();
  send(make_block(0, 1));
  crash(me);
  deliver(0);
  CAF_CHECK(alive());
}

CAF_TEST(the gate tells when all receipts are acknowledged) {
  open();
  mine->acknowledge = false;
  call<caf::ok_atom>(door, finish{});
  send(make_block(0, 1));
  deliver(0);
  auto done = false;
  auto waiter = start([&](caf::event_based_actor* x) -> caf::behavior {
    x->request(door, caf::infinite, finish{})
      .then([&](caf::ok_atom) { done = true; }, [](caf::error&) {});
    return {[](caf::unit_t) {}};
  });
  CAF_CHECK(!done);
  send(receipts_ack{1});
  CAF_CHECK(done);
}

CAF_TEST(nobody waits for the acknowledgement of one who is gone) {
  open();
  mine->acknowledge = false;
  send(make_block(0, 1));
  deliver(0);
  auto done = false;
  auto waiter = start([&](caf::event_based_actor* x) -> caf::behavior {
    x->request(door, caf::infinite, finish{})
      .then([&](caf::ok_atom) { done = true; }, [](caf::error&) {});
    return {[](caf::unit_t) {}};
  });
  CAF_CHECK(!done);
  crash(me);
  CAF_CHECK(done);
}

// -- failures -----------------------------------------------------------------

CAF_TEST(a subscription passes the gate in both directions) {
  open();
  join wishes;
  wishes.window = 99;
  send(wishes);
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_CHECK(near->subscriptions[0].who == me_ptr());
  CAF_CHECK(near->subscriptions[0].what == wishes);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::ok);
  auto x = std::make_shared<failures>();
  x->number = 4;
  self->send(door, dispatch{me_ptr(), x, 3});
  self->send(door, dispatch{me_ptr(), nullptr, 2});
  consume_messages();
  CAF_CHECK(mine->missed_rows == (std::vector<std::uint64_t>{3, 2}));
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(mine->told[0].number, 4u);
  send(failures_ack{4});
  CAF_REQUIRE_EQUAL(near->acks.size(), 1u);
  CAF_CHECK_EQUAL(near->acks[0].first, 4u);
  CAF_CHECK(near->acks[0].second == me_ptr());
  send(leave{});
  CAF_REQUIRE_EQUAL(near->left.size(), 1u);
  CAF_CHECK(near->left[0] == me_ptr());
  CAF_CHECK_EQUAL(mine->replies.size(), 2u);
}

CAF_TEST(a subscriber that dies is taken from the collector) {
  open();
  send(join{});
  auto who = me_ptr();
  crash(me);
  CAF_REQUIRE_EQUAL(near->left.size(), 1u);
  CAF_CHECK(near->left[0] == who);
}

CAF_TEST(a subscriber that dies while it joins is taken out as well) {
  open();
  auto who = me_ptr();
  caf::send_as(me, door, join{});
  CAF_REQUIRE(sched.prioritize(door));
  sched.run_once(); // the gate has asked the collector
  self->send_exit(me, caf::exit_reason::kill);
  CAF_REQUIRE(sched.prioritize(me));
  sched.run_once();
  CAF_REQUIRE(sched.prioritize(door));
  sched.run_once(); // the gate hears of it before the collector answers
  consume_messages();
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_REQUIRE_EQUAL(near->left.size(), 1u);
  CAF_CHECK(near->left[0] == who);
}

CAF_TEST(the next collector is asked for those who have joined) {
  open();
  send(join{});
  crash(collector);
  new_collector();
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 2u);
  CAF_CHECK(near->subscriptions[1].who == me_ptr());
  CAF_CHECK_EQUAL(mine->replies.size(), 1u); // nobody asked again
  send(leave{});
  new_collector();
  CAF_CHECK_EQUAL(near->subscriptions.size(), 2u);
}

CAF_TEST(who joins while there is no collector joins the next one) {
  open();
  crash(collector);
  send(join{});
  CAF_CHECK(mine->replies.empty());
  pass(1s);
  new_collector();
  CAF_CHECK_EQUAL(near->subscriptions.size(), 1u);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::ok);
  pass(40s, 1s);
  CAF_CHECK_EQUAL(mine->replies.size(), 1u);
  new_collector();
  CAF_CHECK_EQUAL(near->subscriptions.size(), 2u);
}

CAF_TEST(only so many joins wait for a collector) {
  open();
  crash(collector);
  for (auto i = 0; i < 10'000; ++i)
    caf::send_as(me, door, join{});
  consume_messages();
  CAF_CHECK_EQUAL(mine->replies.size(), 9'999u); // "another join came"
  auto refused = false;
  auto asked = self->request(door, caf::infinite, join{});
  consume_messages();
  asked.receive([](const reply&) {}, [&](caf::error&) { refused = true; });
  CAF_CHECK(refused);
  new_collector();
  CAF_REQUIRE_EQUAL(mine->replies.size(), 10'000u);
  CAF_CHECK(mine->replies.back().code == reply_code::ok);
  send(join{});
  CAF_CHECK(mine->replies.back().code == reply_code::ok);
}

CAF_TEST(of the extras of a join only the one that is known is kept) {
  open();
  join wishes;
  wishes.extras = {{"after", "7@x"}, {"key", "value"}};
  send(wishes);
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_CHECK(
    (near->subscriptions[0].what.extras == extras_map{{"after", "7@x"}}));
  wishes.extras = {{"after", std::string(129, '7')}};
  send(wishes);
  CAF_CHECK(near->subscriptions[1].what.extras.empty());
  wishes.extras = {{"!new", ""}};
  send(wishes);
  CAF_CHECK(mine->replies.back().code == reply_code::malformed);
  CAF_CHECK_EQUAL(near->subscriptions.size(), 2u);
}

CAF_TEST(who was refused is no subscriber) {
  open();
  near->subscribed = {reply_code::not_supported, 0, "no"};
  send(join{});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::not_supported);
  new_collector();
  CAF_CHECK_EQUAL(near->subscriptions.size(), 1u);
}

// -- operation ----------------------------------------------------------------

CAF_TEST(operators are passed on) {
  open();
  auto table = *parse_table("shop.events");
  CAF_CHECK_EQUAL(call<reply>(door, flush{table}).rows, 7u);
  CAF_CHECK_EQUAL(call<reply>(door, bqs::pause{table}).rows, 9u);
  CAF_CHECK_EQUAL(call<reply>(door, bqs::resume{table}).rows, 8u);
  CAF_REQUIRE_EQUAL(near->flushes.size(), 1u);
  CAF_CHECK(near->flushes[0] == flush{table});
  CAF_REQUIRE_EQUAL(near->pauses.size(), 1u);
  CAF_CHECK(near->pauses[0] == bqs::pause{table});
  CAF_REQUIRE_EQUAL(near->resumes.size(), 1u);
  CAF_CHECK(near->resumes[0] == bqs::resume{table});
  CAF_CHECK_EQUAL(call<status>(door, get_status{}).json, "{}");
}

CAF_TEST(only so many requests wait for an answer) {
  open();
  near->slow = true;
  for (auto i = 0; i < 10'000; ++i)
    caf::send_as(me, door, ask{});
  consume_messages();
  CAF_CHECK_EQUAL(near->unanswered.size(), 10'000u);
  CAF_CHECK(is_refused<standing>(ask{}));
  call<reply>(door, drain{});
  CAF_CHECK_EQUAL(near->drains.size(), 1u);
  answer_all();
  CAF_CHECK(!is_refused<standing>(ask{}));
}

CAF_TEST(only so many wishes for all tables wait) {
  open();
  near->slow = true;
  for (auto i = 0; i < 16; ++i)
    caf::send_as(me, door, flush{});
  consume_messages();
  CAF_CHECK(is_refused<reply>(flush{}));
  CAF_CHECK(is_refused<reply>(bqs::pause{}));
  CAF_CHECK(!is_refused<reply>(flush{*parse_table("shop.events")}));
  answer_all();
  CAF_CHECK(!is_refused<reply>(bqs::pause{}));
}

// It costs the supervisor more than any other message.
CAF_TEST(whoever asks for the status meanwhile gets the next one) {
  open();
  near->slow = true;
  for (auto i = 0; i < 5; ++i)
    caf::send_as(me, door, get_status{});
  consume_messages();
  CAF_CHECK_EQUAL(near->unanswered.size(), 1u);
  self->send(answering, caf::ok_atom_v);
  consume_messages();
  CAF_CHECK_EQUAL(mine->states.size(), 1u);
  CAF_CHECK_EQUAL(near->unanswered.size(), 1u);
  answer_all();
  CAF_CHECK_EQUAL(mine->states.size(), 5u);
}

CAF_TEST(only so many of a node wait for the status) {
  open();
  near->slow = true;
  for (auto i = 0; i < 5; ++i) // the first one is being answered
    caf::send_as(me, door, get_status{});
  consume_messages();
  CAF_CHECK(is_refused<status>(get_status{}));
  answer_all();
  CAF_CHECK(alive());
}

CAF_TEST(the status takes one part in five of the time) {
  open();
  near->slow = true;
  send(get_status{});
  pass(100ms);
  answer_all();
  CAF_CHECK_EQUAL(mine->states.size(), 1u);
  send(get_status{});
  pass(399ms, 1ms);
  CAF_CHECK_EQUAL(mine->states.size(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(mine->states.size(), 2u);
}

// -- admin pass ---------------------------------------------------------------

CAF_TEST(operators need the pass and senders do not ) {
  admin_pass = "a long enough pass";
  open();
  for (extras_map shown : {extras_map{}, extras_map{{"admin-pass", ""}},
                           extras_map{{"admin-pass", "a long enough pas"}},
                           extras_map{{"admin-pass", "a long enough pass "}}}) {
    auto said = call<status>(door, get_status{shown});
    CAF_CHECK(said.code == reply_code::denied);
    CAF_CHECK_EQUAL(said.json, "");
    CAF_CHECK_NOT_EQUAL(said.text, "");
    CAF_CHECK(call<reply>(door, flush{{}, shown}).code == reply_code::denied);
    CAF_CHECK(call<reply>(door, bqs::pause{{}, shown}).code
              == reply_code::denied);
    CAF_CHECK(call<reply>(door, bqs::resume{{}, shown}).code
              == reply_code::denied);
    CAF_CHECK(call<reply>(door, drain{{}, shown}).code == reply_code::denied);
    join wishes;
    wishes.extras = shown;
    send(wishes);
    CAF_CHECK(mine->replies.back().code == reply_code::denied);
  }
  CAF_CHECK_EQUAL(count->denied.load(), 24u);
  CAF_CHECK(near->flushes.empty());
  CAF_CHECK(near->pauses.empty());
  CAF_CHECK(near->resumes.empty());
  CAF_CHECK(near->drains.empty());
  CAF_CHECK(near->subscriptions.empty());
  send(make_block(0, 1)); // nor is it draining
  CAF_CHECK(last_admission().code == admission_code::accepted);
  CAF_CHECK(call<standing>(door, ask{}).code == standing_code::unknown);
}

CAF_TEST(whoever has the pass operates and it goes no further) {
  admin_pass = "a long enough pass";
  extras_map shown{{"admin-pass", admin_pass}, {"key", "value"}};
  extras_map left{{"key", "value"}};
  open();
  CAF_CHECK_EQUAL(call<status>(door, get_status{shown}).json, "{}");
  CAF_CHECK_EQUAL(call<reply>(door, flush{{}, shown}).rows, 7u);
  CAF_CHECK_EQUAL(call<reply>(door, bqs::pause{{}, shown}).rows, 9u);
  CAF_CHECK_EQUAL(call<reply>(door, bqs::resume{{}, shown}).rows, 8u);
  CAF_CHECK(near->flushes[0].extras == left);
  CAF_CHECK(near->pauses[0].extras == left);
  join wishes;
  wishes.extras = shown;
  send(wishes);
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_CHECK(near->subscriptions[0].what.extras.empty());
  CAF_CHECK(call<reply>(door, drain{{}, shown}).code == reply_code::ok);
  CAF_CHECK_EQUAL(near->drains.size(), 1u);
  CAF_CHECK_EQUAL(count->denied.load(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
