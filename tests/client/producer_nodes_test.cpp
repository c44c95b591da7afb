#define CAF_SUITE producer_nodes

#include "tests/client/producer_fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(producer_nodes_tests, producer_fixture)

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
