#define CAF_SUITE supervisor_drain

#include "tests/house.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct fixture : house {
  /// The one report, whose books balance.
  drain_report& report() {
    CAF_REQUIRE_EQUAL(reports.size(), 1u);
    auto& x = reports[0];
    CAF_CHECK(x.total.balanced());
    CAF_CHECK_EQUAL(x.total.held, 0u);
    table_ledger sum;
    std::uint64_t shut_down = 0;
    for (auto& line : x.tables) {
      CAF_CHECK(line.books.balanced());
      sum += line.books;
      shut_down += line.shut_down;
    }
    CAF_CHECK(sum == x.total);
    CAF_CHECK_EQUAL(shut_down, x.shut_down);
    return x;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_drain_tests, fixture)

CAF_TEST(a drain of a node that holds nothing ends at once) {
  open();
  send(drain{});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::ok);
  CAF_CHECK_EQUAL(report().total.accepted, 0u);
  wait(70s);
  CAF_CHECK_EQUAL(reports.size(), 1u);
}

CAF_TEST(a draining node refuses blocks and rows and answers questions) {
  open();
  send(make_block(0, 3));
  send(drain{});
  CAF_CHECK(books()["node"]["draining"] == true);
  mine->admissions.clear();
  send(make_block(3, 3));
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 1u);
  CAF_CHECK(mine->admissions[0].code == admission_code::draining);
  auto x
    = call<admission>(door, row{*parse_table("shop.events"), "{}", "", {}});
  CAF_CHECK(x.code == admission_code::draining);
  ask question{make_stream(1), 0, 3, *parse_table("shop.events")};
  send(question); // not by `self`: whoever asks gets the receipt
  CAF_REQUIRE_EQUAL(mine->standings.size(), 1u);
  CAF_CHECK(mine->standings[0].code == standing_code::held);
  CAF_CHECK(books()["refused"]["draining"] == 2u);
  // Its open rows go without their age.
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  CAF_CHECK_EQUAL(report().total.stored, 3u);
  CAF_CHECK_EQUAL(report().shut_down, 0u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK(call<standing>(door, question).code == standing_code::settled);
}

CAF_TEST(what was sent before the drain is taken and delivered) {
  open();
  caf::send_as(me, door, make_block(0, 3));
  caf::send_as(me, door, row{*parse_table("shop.rows"), "{}", "", {}});
  caf::send_as(me, door, drain{});
  step();
  CAF_CHECK_EQUAL(google->open.size(), 2u);
  answer(all_stored());
  CAF_CHECK(reports.empty());
  answer(all_stored());
  CAF_CHECK_EQUAL(report().total.stored, 4u);
  CAF_CHECK_EQUAL(report().tables.size(), 2u);
}

CAF_TEST(retries go on until the time is up) {
  open();
  send(join{});
  send(make_block(0, 10));
  send(make_block(10, 10, "shop.other"));
  send(drain{caf::timespan{10s}});
  answer(sick(503)); // shop.events
  wait(1s);
  CAF_CHECK_EQUAL(google->open.size(), 2u);
  answer(all_stored()); // shop.other
  answer(sick(503));
  wait(1s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(stored_but({7}));
  CAF_CHECK(reports.empty()); // the failure is not acknowledged
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  send(failures_ack{1});
  auto& x = report();
  CAF_CHECK_EQUAL(x.total.stored, 19u);
  CAF_CHECK_EQUAL(x.total.failed, 1u);
  CAF_CHECK_EQUAL(x.shut_down, 0u);
}

CAF_TEST(what is left when the time is up fails as shutdown) {
  open();
  send(join{});
  send(make_block(0, 10));
  send(make_block(10, 6, "shop.other"));
  send(drain{caf::timespan{10s}});
  answer(sick(503)); // shop.events; shop.other stays in flight
  for (auto i = 0; i < 9; ++i) {
    wait(1s);
    if (google->open.size() > 1) {
      std::swap(google->open[0], google->open[1]);
      answer(sick(503));
    }
  }
  CAF_CHECK_EQUAL(total("held"), 16u);
  wait(1s);
  CAF_CHECK_EQUAL(total("failed"), 16u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 2u);
  CAF_CHECK_EQUAL(mine->told.size(), 2u);
  for (auto& x : mine->receipts) {
    CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
    CAF_CHECK_EQUAL(x.reasons[0].reason, "shutdown");
    CAF_CHECK(x.reasons[0].uncertain); // both may be stored
  }
  // A subscriber that says nothing is waited for, but not for ever.
  CAF_CHECK(reports.empty());
  wait(2s);
  auto& x = report();
  CAF_CHECK_EQUAL(x.total.failed, 16u);
  CAF_CHECK_EQUAL(x.shut_down, 16u);
  CAF_REQUIRE_EQUAL(x.tables.size(), 2u);
  CAF_CHECK_EQUAL(x.tables[0].table, "shop.events");
  CAF_CHECK_EQUAL(x.tables[0].shut_down, 10u);
  CAF_CHECK_EQUAL(x.tables[1].shut_down, 6u);
  // An answer after the end changes nothing.
  while (!google->open.empty())
    answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 0u);
  CAF_CHECK_EQUAL(reports.size(), 1u);
}

CAF_TEST(the configured time holds if the drain names none) {
  options.drain_timeout = 5s;
  open();
  send(make_block(0, 10));
  send(drain{});
  wait(4900ms);
  CAF_CHECK(reports.empty());
  wait(100ms);
  CAF_CHECK_EQUAL(report().shut_down, 10u);
}

CAF_TEST(a drain that may take for ever does not end at once) {
  open();
  send(make_block(0, 10));
  drain for_ever;
  for_ever.timeout = caf::timespan::max();
  send(for_ever);
  wait(10s);
  CAF_CHECK(reports.empty());
  CAF_CHECK_EQUAL(total("held"), 10u);
  answer(all_stored());
  CAF_CHECK_EQUAL(report().total.stored, 10u);
}

CAF_TEST(a second drain changes nothing) {
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{5s}});
  send(drain{caf::timespan{1s}});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 2u);
  CAF_CHECK(mine->replies[1].code == reply_code::ok);
  wait(3s);
  CAF_CHECK_EQUAL(total("held"), 10u);
  answer(all_stored());
  CAF_CHECK_EQUAL(report().total.stored, 10u);
  send(drain{});
  wait(10s);
  CAF_CHECK_EQUAL(reports.size(), 1u);
}

CAF_TEST(a quarantined lane does not hold up a drain) {
  options.restarts.most = 0;
  open();
  send(make_block(0, 10));
  crash(streamers[1].back());
  step();
  send(drain{caf::timespan{2s}});
  wait(2s);
  CAF_CHECK_EQUAL(report().shut_down, 10u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
}

CAF_TEST(a streamer that crashes over the end does not hold up a drain) {
  options.restarts.most = 100;
  make_streamer = [this](const streamer_init&) {
    return caf::actor_cast<streamer_actor>(
      sys.spawn([](caf::event_based_actor*) -> caf::behavior {
        return {
          [](const internal::in_flight&) {},
          [](const internal::assignment&) {},
          [](caf::close_atom) {},
          [](caf::delete_atom) { throw std::runtime_error("no last words"); },
        };
      }));
  };
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{2s}});
  wait(2s);
  CAF_CHECK_EQUAL(total("held"), 10u);
  wait(2s);
  CAF_CHECK_EQUAL(report().shut_down, 10u);
}

CAF_TEST(a streamer that crashes while draining has a draining successor) {
  open();
  send(make_block(0, 3)); // too few to go but for the drain
  send(drain{caf::timespan{10s}});
  answer(sick(503));
  crash(streamers[1].back());
  step();
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  CAF_CHECK_EQUAL(report().total.stored, 3u);
}

CAF_TEST(a collector that ends while draining loses nothing) {
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{10s}});
  crash(deref<supervisor_actor::stateful_base<supervisor_state>>(chief)
          .state.collector);
  answer(stored_but({0}));
  CAF_CHECK(reports.empty());
  wait(1s);
  CAF_CHECK_EQUAL(report().total.failed, 1u);
  CAF_CHECK_EQUAL(report().total.stored, 9u);
}

CAF_TEST(receipts that are not acknowledged are waited for but not for ever) {
  mine->acknowledge = false;
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{10s}});
  answer(all_stored());
  CAF_CHECK(reports.empty());
  wait(2s);
  CAF_CHECK_EQUAL(report().total.stored, 10u);
}

CAF_TEST_FIXTURE_SCOPE_END()
