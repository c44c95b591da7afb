#define CAF_SUITE gate_remote

#include "tests/stand_ins.hpp"

#include <caf/io/middleman.hpp>
#include <caf/test/io_dsl.hpp>

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct remote_configuration : configuration {
  remote_configuration() {
    load<caf::io::middleman>();
  }
};

using planet = test_coordinator_fixture<remote_configuration>;

/// A gate on earth, its clients on mars. No sockets.
struct fixture : point_to_point_fixture<planet> {
  fixture() {
    auto supervisor = earth.sys.spawn(quiet_supervisor, near);
    auto collector = earth.sys.spawn(quiet_collector, near);
    room = std::make_shared<budget>(std::size_t{1} << 20);
    gate_init init;
    init.room = room;
    init.count = std::make_shared<counters>();
    init.project = "home";
    init.supervisor = caf::actor_cast<supervisor_actor>(supervisor);
    door = earth.sys.spawn<bqs::gate>(std::move(init));
    earth.self->send(
      door, collector_up{caf::actor_cast<error_collector_actor>(collector)});
    here = {supervisor, collector, caf::actor_cast<caf::actor>(door)};
    run();
    prepare_connection(earth, mars, "earth", 4747);
    earth.publish(node_actor{door}, 4747);
    far = mars.remote_actor<node_actor>("earth", 4747);
    me = mars.sys.spawn(client, mine);
    run();
    CAF_REQUIRE(!near->gate == false);
  }

  ~fixture() {
    *near = {};
    for (auto& x : here)
      earth.self->send_exit(x, caf::exit_reason::kill);
    mars.self->send_exit(me, caf::exit_reason::kill);
    run();
  }

  /// Sends as the client.
  template <class T>
  void send(T x) {
    caf::send_as(me, far, std::move(x));
    run();
  }

  bool alive() {
    auto before = mine->states.size();
    send(get_status{});
    return mine->states.size() == before + 1;
  }

  /// The client as earth knows it.
  caf::strong_actor_ptr me_on_earth() {
    if (near->offers.empty())
      send(make_block(1'000'000, 1));
    CAF_REQUIRE(!near->offers.empty());
    return near->offers[0].sender;
  }

  std::shared_ptr<neighbours> near = std::make_shared<neighbours>();
  std::shared_ptr<inbox> mine = std::make_shared<inbox>();
  std::shared_ptr<budget> room;
  gate_actor door;
  std::vector<caf::actor> here;
  node_actor far;
  caf::actor me;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gate_remote_tests, fixture)

CAF_TEST(a block crosses and its receipt comes back) {
  auto sent = make_block(7, 3);
  sent.extras["key"] = "value";
  send(sent);
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 1u);
  CAF_CHECK(mine->admissions[0].code == admission_code::accepted);
  CAF_CHECK_EQUAL(mine->admissions[0].first, 7u);
  CAF_REQUIRE_EQUAL(near->offers.size(), 1u);
  CAF_CHECK(near->offers[0].rows == sent);
  CAF_CHECK_EQUAL(room->used(), cost(near->offers[0].rows));
  auto x = std::make_shared<receipt>();
  x->stream = sent.stream;
  x->first = 7;
  x->rows = 3;
  x->table = sent.table;
  x->stored = 1;
  x->reasons = {{"invalid", "no", "a.b", 200, true}};
  x->failures = {{8, 2, 0}};
  x->extras["key"] = "value";
  earth.self->send(door, deliveries{{{near->offers[0].sender, x}}});
  run();
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK(mine->receipts[0] == *x);
}

CAF_TEST(rows and questions cross) {
  send(row{*parse_table("shop.events"), "{\"a\":1}", "id", {}});
  CAF_REQUIRE_EQUAL(near->offers.size(), 1u);
  CAF_CHECK_EQUAL(near->offers[0].rows.bytes->row(0), "{\"a\":1}");
  CAF_CHECK_EQUAL(near->offers[0].rows.bytes->id(0), "id");
  receipt known;
  known.stored = 4;
  near->stands = {standing_code::settled, known};
  ask question{make_stream(1), 2, 3, *parse_table("shop.events")};
  send(question);
  CAF_REQUIRE_EQUAL(near->inquiries.size(), 1u);
  CAF_CHECK(near->inquiries[0].about == question);
  CAF_REQUIRE_EQUAL(mine->standings.size(), 1u);
  CAF_CHECK(mine->standings[0] == near->stands);
}

CAF_TEST(refusals at the door cross) {
  auto large = make_block(0, 100'000);
  send(large);
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 1u);
  CAF_CHECK(mine->admissions[0].code == admission_code::overloaded);
  CAF_CHECK(mine->admissions[0].wait > caf::timespan{0});
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(a subscription and its failures cross) {
  join wishes;
  wishes.table = *parse_table("shop.events");
  send(wishes);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::ok);
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  CAF_CHECK(near->subscriptions[0].what == wishes);
  auto x = std::make_shared<failures>();
  x->number = 1;
  x->items.push_back({*parse_table("shop.events"),
                      {"invalid", "no", "", 200, false},
                      2,
                      caf::timestamp{5ns},
                      {{"id", "{}"}}});
  earth.self->send(door, dispatch{near->subscriptions[0].who, x, 6});
  run();
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  CAF_CHECK(mine->told[0] == *x);
  CAF_CHECK(mine->missed_rows == std::vector<std::uint64_t>{6});
  send(failures_ack{1});
  CAF_REQUIRE_EQUAL(near->acks.size(), 1u);
  CAF_CHECK_EQUAL(near->acks[0].first, 1u);
}

CAF_TEST(operators reach a node from elsewhere) {
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(mine->states[0].json, "{}");
  send(flush{});
  send(bqs::resume{});
  send(bqs::pause{});
  send(drain{caf::timespan{3s}});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 4u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 7u);
  CAF_CHECK_EQUAL(mine->replies[2].rows, 9u);
  CAF_REQUIRE_EQUAL(near->drains.size(), 1u);
  CAF_CHECK(near->drains[0] == drain{caf::timespan{3s}});
}

CAF_TEST(nobody elsewhere ends the gate) {
  CAF_CHECK(alive());
  mars.self->send_exit(far, caf::exit_reason::kill);
  run();
  CAF_CHECK(alive());
  // It names the gate itself, an actor of earth, as its source.
  caf::anon_send_exit(far, caf::exit_reason::kill);
  run();
  CAF_CHECK(alive());
  caf::send_as(me, caf::actor_cast<caf::actor>(far),
               caf::exit_msg{far.address(), caf::exit_reason::kill});
  run();
  CAF_CHECK(alive());
  auto linked = mars.sys.spawn([this](caf::event_based_actor* x) {
    x->link_to(far);
    return caf::behavior{[](caf::unit_t) {}};
  });
  run();
  mars.self->send_exit(linked, caf::exit_reason::kill);
  run();
  CAF_CHECK(alive());
}

CAF_TEST(nobody ends the gate in the name of an actor that peers know) {
  auto known
    = earth.sys.spawn([] { return caf::behavior{[](caf::unit_t) {}}; });
  earth.sys.registry().put(known->id(),
                           caf::actor_cast<caf::strong_actor_ptr>(known));
  caf::send_as(known, caf::actor_cast<caf::actor>(door),
               caf::exit_msg{known.address(), caf::exit_reason::kill});
  run();
  CAF_CHECK(alive());
  earth.sys.registry().erase(known->id());
  earth.self->send_exit(known, caf::exit_reason::kill);
  run();
}

CAF_TEST(nobody elsewhere ends a client of the gate) {
  auto who = me_on_earth();
  auto thief = mars.sys.spawn([] { return caf::behavior{[](caf::unit_t) {}}; });
  caf::send_as(thief, caf::actor_cast<caf::actor>(far),
               caf::down_msg{me.address(), caf::exit_reason::kill});
  run();
  earth.self->send(door, deliveries{{{who, std::make_shared<receipt>()}}});
  run();
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  mars.self->send_exit(thief, caf::exit_reason::kill);
  run();
}

CAF_TEST(strange messages from elsewhere are dropped) {
  auto to = caf::actor_cast<caf::actor>(far);
  caf::send_as(me, to, "hello");
  caf::send_as(me, to, make_block(0, 1), 42);
  caf::send_as(me, to, caf::delete_atom_v);
  run();
  CAF_CHECK(alive());
  CAF_CHECK(near->offers.empty());
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(a subscriber elsewhere that dies is taken out) {
  send(join{});
  CAF_REQUIRE_EQUAL(near->subscriptions.size(), 1u);
  auto who = near->subscriptions[0].who;
  mars.self->send_exit(me, caf::exit_reason::kill);
  run();
  CAF_REQUIRE_EQUAL(near->left.size(), 1u);
  CAF_CHECK(near->left[0] == who);
}

CAF_TEST_FIXTURE_SCOPE_END()
