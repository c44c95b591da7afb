#define CAF_SUITE connector

#include "bqstreamer/connector.hpp"

#include "client/connector_state.hpp"
#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

caf::behavior idle_node() {
  return {[](caf::unit_t) {}};
}

struct fixture : deterministic {
  fixture() {
    options.nodes = {{"earth", 1}, {"mars", 2}};
    line = caf::actor_cast<dialer_actor>(start([this]() -> caf::behavior {
      return {[this](const dial& x) {
        dials.push_back(x);
        return answer;
      }};
    }));
    owner = start([this]() -> caf::behavior {
      return {[this](const connected& x) { found.push_back(x); },
              [this](const lost& x) { losses.push_back(x); }};
    });
    answer.reason = "nobody is there";
  }

  ~fixture() override {
    found.clear();
    answer = {};
  }

  /// A node that the next dials find.
  caf::actor open_node() {
    auto result = start(idle_node);
    answer = {caf::actor_cast<node_actor>(result), {}};
    return result;
  }

  void open() {
    uut = start(connector, caf::actor_cast<caf::actor_addr>(owner), options,
                line);
  }

  connector_options options;
  dialer_actor line;
  caf::actor owner;
  connector_actor uut;
  dialed answer;
  std::vector<dial> dials;
  std::vector<connected> found;
  std::vector<lost> losses;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connector_tests, fixture)

CAF_TEST(a node that is there is told once) {
  options.tls = true;
  options.timeout = 3s;
  open_node();
  open();
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].where.host, "earth");
  CAF_CHECK(found[0].node == answer.node);
  CAF_CHECK(dials[0].tls);
  CAF_CHECK(dials[0].timeout == 3s);
  pass(1min);
  CAF_CHECK_EQUAL(found.size(), 1u);
  CAF_CHECK(losses.empty());
}

CAF_TEST(addresses are tried in turn with growing waits) {
  open();
  CAF_REQUIRE_EQUAL(losses.size(), 1u);
  CAF_CHECK_EQUAL(losses[0].reason, "nobody is there");
  pass(5min);
  CAF_REQUIRE(dials.size() > 10);
  for (std::size_t i = 0; i < dials.size(); ++i)
    CAF_CHECK_EQUAL(dials[i].where.host, i % 2 == 0 ? "earth" : "mars");
  CAF_CHECK_EQUAL(losses.size(), dials.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    CAF_CHECK_EQUAL(losses[i].tries, i + 1);
    CAF_CHECK(losses[i].wait > 90ms && losses[i].wait <= 10'001ms);
  }
  CAF_CHECK(losses[6].wait >= 5s);
  open_node();
  pass(11s);
  CAF_CHECK_EQUAL(found.size(), 1u);
}

CAF_TEST(a node that is lost is looked for again) {
  auto node = open_node();
  open();
  pass(20s);
  answer = {{}, "gone"};
  crash(node);
  CAF_REQUIRE_EQUAL(losses.size(), 1u);
  CAF_CHECK_EQUAL(losses[0].reason, "the node at earth:1 has stopped");
  CAF_CHECK_EQUAL(losses[0].tries, 1u);
  CAF_CHECK(losses[0].wait <= 201ms);
  open_node();
  pass(300ms);
  CAF_CHECK_EQUAL(found.size(), 2u);
}

CAF_TEST(a node that ends at once is not asked without a pause) {
  // As a dead actor that is still published: monitoring it tells at once.
  auto node = open_node();
  crash(node);
  open();
  pass(1min);
  CAF_CHECK(found.size() > 3);
  CAF_CHECK(found.size() < 20);
  CAF_CHECK_EQUAL(losses.size(), found.size());
}

CAF_TEST(a dialer that never answers is not waited for for ever) {
  auto silent = start([](caf::event_based_actor* actor) -> caf::behavior {
    return {[actor](const dial&) -> caf::result<dialed> {
      return actor->make_response_promise<dialed>();
    }};
  });
  line = caf::actor_cast<dialer_actor>(silent);
  open();
  pass(2min, 1s);
  CAF_CHECK(losses.size() >= 2);
}

CAF_TEST(without an address there is nothing to try) {
  options.nodes.clear();
  open();
  CAF_REQUIRE(!losses.empty());
  CAF_CHECK_EQUAL(losses[0].reason, "no address of a node was given");
}

CAF_TEST(it ends with its owner and takes the dialer along) {
  open_node();
  open();
  auto ended = 0;
  auto watch = [&](auto who) {
    start([&, who](caf::event_based_actor* actor) -> caf::behavior {
      actor->set_down_handler([&](caf::down_msg&) { ++ended; });
      actor->monitor(who);
      return {[](caf::unit_t) {}};
    });
  };
  watch(uut);
  watch(line);
  crash(owner);
  CAF_CHECK_EQUAL(ended, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
