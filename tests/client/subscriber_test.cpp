#define CAF_SUITE subscriber

#include "bqstreamer/subscriber.hpp"

#include "client/failure_position.hpp"
#include "client/subscriber_state.hpp"
#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// What a stand-in for a node has got, and what it answers.
struct node_state {
  std::vector<join> joins;
  std::vector<std::uint64_t> acks;
  reply answer;
};

caf::behavior stand_in(std::shared_ptr<node_state> at) {
  return {[at](const join& x) {
            at->joins.push_back(x);
            return at->answer;
          },
          [at](const failures_ack& x) { at->acks.push_back(x.number); }};
}

struct fixture : deterministic {
  fixture() {
    owner = start([this]() -> caf::behavior {
      return {[this](const connected& x) { found.push_back(x); },
              [this](const lost& x) { losses.push_back(x); },
              [this](const failures& x) { told.push_back(x); },
              [this](const missed& x) { missed_rows += x.rows; },
              [this](const state_change& x) { states.push_back(x); }};
    });
    options.last = 5;
    options.table = *parse_table("shop.events");
  }

  ~fixture() override {
    found.clear();
  }

  void open() {
    uut = start(subscriber, caf::actor_cast<caf::actor_addr>(owner), options);
  }

  /// There is a node now.
  void connect() {
    near = std::make_shared<node_state>();
    near->answer = answer;
    node = start(stand_in, near);
    self->send(uut, connected{caf::actor_cast<node_actor>(node), {"earth", 1}});
    consume_messages();
  }

  void lose() {
    self->send(uut, lost{"gone", 1, 1s});
    consume_messages();
  }

  void tell(std::uint64_t number, const std::string& position,
            std::uint32_t rows = 1) {
    failures x;
    x.number = number;
    if (rows > 0)
      x.items.push_back({*parse_table("shop.events"), {}, 1, {}, {}});
    for (std::uint32_t i = 0; i < rows; ++i)
      x.items[0].rows.push_back({"id", "{}"});
    x.extras[failures_position] = position;
    say(node, uut, x);
  }

  void acknowledge(std::uint64_t number) {
    say(owner, uut, failures_ack{number});
  }

  subscriber_options options;
  caf::actor owner;
  caf::actor node;
  std::shared_ptr<node_state> near;
  subscriber_actor uut;
  reply answer;
  std::vector<connected> found;
  std::vector<lost> losses;
  std::vector<failures> told;
  std::uint64_t missed_rows = 0;
  std::vector<state_change> states;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(subscriber_tests, fixture)

CAF_TEST(it joins as it was told to) {
  options.states = true;
  options.window = 77;
  open();
  CAF_CHECK(found.empty());
  connect();
  CAF_REQUIRE_EQUAL(near->joins.size(), 1u);
  auto& x = near->joins[0];
  CAF_CHECK(x.failures);
  CAF_CHECK(x.states);
  CAF_CHECK(x.table && *x.table == *parse_table("shop.events"));
  CAF_CHECK_EQUAL(x.last, 5u);
  CAF_CHECK_EQUAL(x.window, 77u);
  CAF_CHECK_EQUAL(x.extras.at(join_after), "");
  CAF_CHECK_EQUAL(found.size(), 1u);
}

CAF_TEST(failures are numbered anew and acknowledged when the owner is done) {
  open();
  connect();
  tell(1, "0@x", 0); // says only where we stand
  CAF_CHECK(told.empty());
  CAF_CHECK((near->acks == std::vector<std::uint64_t>{1}));
  tell(2, "1@x");
  tell(3, "2@x");
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK_EQUAL(told[1].number, 2u);
  CAF_CHECK(told[1].extras.empty());
  CAF_CHECK_EQUAL(near->acks.size(), 1u);
  acknowledge(2);
  CAF_CHECK((near->acks == std::vector<std::uint64_t>{1, 3}));
  acknowledge(2); // twice
  CAF_CHECK_EQUAL(near->acks.size(), 2u);
}

CAF_TEST(after a loss it goes on where it stood) {
  open();
  connect();
  tell(1, "7@x");
  acknowledge(1);
  lose();
  CAF_CHECK_EQUAL(losses.size(), 1u);
  connect();
  CAF_REQUIRE_EQUAL(near->joins.size(), 1u);
  CAF_CHECK_EQUAL(near->joins[0].extras.at(join_after), "7@x");
  CAF_CHECK_EQUAL(near->joins[0].last, 0u);
  CAF_CHECK_EQUAL(found.size(), 2u);
  say(node, uut, missed{3});
  CAF_CHECK_EQUAL(missed_rows, 3u);
  tell(1, "8@x");
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK_EQUAL(told[1].number, 2u);
}

CAF_TEST(it joins again only when the owner has done with what it got) {
  open();
  connect();
  tell(1, "1@x");
  tell(2, "2@x");
  lose();
  connect();
  CAF_CHECK(near->joins.empty());
  acknowledge(1);
  CAF_CHECK(near->joins.empty());
  acknowledge(2);
  CAF_CHECK_EQUAL(near->joins.size(), 1u);
  // Those were numbers of a node that is gone.
  CAF_CHECK(near->acks.empty());
}

CAF_TEST(what an earlier node says late is ignored) {
  open();
  connect();
  auto earlier = node;
  lose();
  connect();
  auto later = std::exchange(node, earlier);
  tell(1, "9@x");
  say(node, uut, missed{3});
  say(node, uut, state_change{});
  CAF_CHECK(told.empty());
  CAF_CHECK_EQUAL(missed_rows, 0u);
  node = later;
  tell(1, "1@y");
  say(node, uut, state_change{});
  CAF_CHECK_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(states.size(), 1u);
}

CAF_TEST(a node that refuses is asked again later) {
  answer = {reply_code::not_supported, 0, "no states here"};
  open();
  connect();
  CAF_CHECK(found.empty());
  CAF_REQUIRE_EQUAL(losses.size(), 1u);
  CAF_CHECK_EQUAL(losses[0].reason, "the node at earth:1 refuses: "
                                    "not_supported no states here");
  near->answer = {};
  pass(11s);
  CAF_CHECK_EQUAL(near->joins.size(), 2u);
  CAF_CHECK_EQUAL(found.size(), 1u);
}

CAF_TEST(what comes of a join that was given up is not left open) {
  answer = {reply_code::not_supported, 0, "not now"};
  open();
  connect();
  tell(1, "1@x");
  CAF_CHECK(told.empty());
  CAF_CHECK((near->acks == std::vector<std::uint64_t>{1}));
  near->answer = {};
  pass(11s);
  CAF_REQUIRE_EQUAL(near->joins.size(), 2u);
  CAF_CHECK_EQUAL(near->joins[1].extras.at(join_after), ""); // told again
}

CAF_TEST(a node that does not answer is asked again later) {
  open();
  auto silent = start([](caf::event_based_actor* actor) -> caf::behavior {
    return {[actor](const join&) -> caf::result<reply> {
      return actor->make_response_promise<reply>();
    }};
  });
  self->send(uut, connected{caf::actor_cast<node_actor>(silent), {"earth", 1}});
  consume_messages();
  pass(11s);
  CAF_REQUIRE_EQUAL(losses.size(), 1u);
  CAF_CHECK_EQUAL(losses[0].reason, "the node at earth:1 did not answer");
}

CAF_TEST(it ends with its owner) {
  open();
  connect();
  auto ended = false;
  start([&](caf::event_based_actor* x) -> caf::behavior {
    x->set_down_handler([&](caf::down_msg&) { ended = true; });
    x->monitor(uut);
    return {[](caf::unit_t) {}};
  });
  crash(owner);
  CAF_CHECK(ended);
}

CAF_TEST_FIXTURE_SCOPE_END()
