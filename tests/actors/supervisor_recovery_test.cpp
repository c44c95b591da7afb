#define CAF_SUITE supervisor_recovery

#include "actors/crash_place.hpp"
#include "client/stray_errors.hpp"
#include "tests/house.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// Crashes over blocks of stream 66, stores the rows of all others at once.
caf::behavior fragile(caf::event_based_actor* self, streamer_init init) {
  self->set_default_handler(caf::drop);
  return {
    [=](const assignment& x) {
      if (x.source->rows.stream == make_stream(66)) {
        init.notes->in_hand.assign(1, x.source->number);
        throw std::runtime_error("a block that kills");
      }
      decisions result{init.lane, {}};
      for (auto& rows : x.rows)
        result.items.push_back({x.source, rows, true, {}, false, 1});
      self->send(init.supervisor, std::move(result));
    },
    [](const in_flight&) {},
    [](caf::flush_atom) -> std::uint64_t { return 0; },
  };
}

/// Takes rows and crashes over the first flush.
caf::behavior crashing_at_flush(caf::event_based_actor* self,
                                streamer_init init) {
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  return {
    [](const assignment&) {},
    [](const in_flight&) {},
    [=](caf::flush_atom) -> std::uint64_t {
      if (init.generation == 0)
        throw std::runtime_error("a flush that kills");
      return 0;
    },
  };
}

struct fixture : house {
  streamer_actor& current(std::uint32_t lane) {
    return streamers[lane].back();
  }

  /// Crashes the lane's streamer until the lane is quarantined.
  void quarantine(std::uint32_t lane) {
    for (auto i = 0u; i <= options.restarts.most; ++i) {
      crash(current(lane));
      step();
    }
  }

  dispatcher_actor dispatcher() {
    return deref<supervisor_actor::stateful_base<supervisor_state>>(chief)
      .state.dispatcher;
  }

  /// Acknowledges all failures that the client has been told.
  void acknowledge() {
    if (!mine->told.empty())
      send(failures_ack{mine->told.back().number});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_recovery_tests, fixture)

CAF_TEST(the successor of a crashed streamer stores its rows) {
  open();
  send(make_block(0, 5));
  crash(current(1));
  step();
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  CAF_CHECK_EQUAL(total("held"), 5u);
  wait(1s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK_EQUAL(google->open[0].what.rows->rows, 5u);
  answer(all_stored());
  CAF_CHECK(stored_once(5));
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts[0].stored, 5u);
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(a batch in flight survives its streamer) {
  open();
  send(make_block(0, 10));
  send(make_block(10, 4));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  crash(current(1));
  step();
  wait(2s);
  // The ten are not sent again; the four are.
  CAF_REQUIRE_EQUAL(google->open.size(), 2u);
  CAF_CHECK_EQUAL(google->open[1].what.rows->rows, 4u);
  CAF_CHECK(google->open[0].what.rows->number
            != google->open[1].what.rows->number);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  answer(all_stored());
  CAF_CHECK(stored_once(14));
  CAF_CHECK_EQUAL(mine->receipts.size(), 2u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 0u);
}

CAF_TEST(what an ended dispatcher may have sent is not forgotten by the next) {
  open();
  send(make_block(0, 10));
  crash(dispatcher());
  google->open.clear();
  send(bqs::pause{});
  wait(2s);
  crash(current(1)); // the one that was told; it has sent nothing
  send(bqs::resume{});
  wait(2s);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
}

CAF_TEST(
  what an ended dispatcher may have sent is not forgotten in quarantine) {
  options.restarts.most = 1;
  open();
  send(make_block(0, 10));
  quarantine(1);
  crash(dispatcher());
  google->open.clear();
  wait(2s);
  send(bqs::resume{});
  wait(2s);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
}

CAF_TEST(a flush that a streamer crashes over is answered) {
  make_streamer = [this](const streamer_init& x) {
    return caf::actor_cast<streamer_actor>(sys.spawn(crashing_at_flush, x));
  };
  open();
  send(make_block(0, 5));
  send(flush{});
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK(mine->replies[0].code == reply_code::ok);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 0u); // the successor's are unmarked
  send(flush{});
  CAF_CHECK_EQUAL(mine->replies.size(), 2u);
}

CAF_TEST(a flush that a streamer has not read when it ends is answered) {
  open();
  send(make_block(0, 5));
  send(make_block(5, 4, "shop.other"));
  caf::send_as(me, door, flush{});
  consume_message(); // the gate passes it on
  self->send_exit(current(1), caf::exit_reason::kill);
  step();
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 4u);
}

CAF_TEST(an answer that comes between two streamers is not lost) {
  open();
  send(make_block(0, 10));
  auto post = google->open.front();
  google->open.clear();
  // The answer reaches the dispatcher before it knows the successor.
  self->send(post.worker, google->result(post.what, all_stored()));
  self->send_exit(current(1), caf::exit_reason::kill);
  post = {};
  step();
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(google->posts, 1u);
}

CAF_TEST(what a streamer says twice counts once) {
  open();
  send(make_block(0, 10));
  auto& source = google->open[0].what.rows->slices[0].source;
  caf::send_as(current(1), chief,
               decisions{1, {{source, {0, 6}, true, {}, false, 1}}});
  step();
  CAF_CHECK_EQUAL(total("stored"), 6u);
  failure_reason why{"late", "", "", 0, false};
  caf::send_as(current(1), chief,
               decisions{1, {{source, {4, 8}, false, why, false, 1}}});
  step();
  CAF_CHECK_EQUAL(total("stored"), 6u);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 8u);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts[0].stored, 8u);
  CAF_REQUIRE_EQUAL(mine->receipts[0].failures.size(), 1u);
  CAF_CHECK(mine->receipts[0].failures[0] == (failed_range{6, 2, 0}));
}

CAF_TEST(a streamer that was replaced is not heard) {
  open();
  send(make_block(0, 10));
  auto source = google->open[0].what.rows->slices[0].source;
  auto old = current(1);
  crash(dispatcher());
  google->open.clear();
  wait(2s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  // An answer that it had not read when the rows went to its successor.
  caf::send_as(old, chief,
               decisions{1, {{source, {0, 10}, true, {}, false, 1}}});
  caf::send_as(old, chief, lane_condition{1, table_state::unavailable, "old"});
  step();
  CAF_CHECK_EQUAL(total("held"), 10u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
}

CAF_TEST(a block that was in hand at two crashes fails as poisoned) {
  make_streamer = [this](const streamer_init& x) {
    return caf::actor_cast<streamer_actor>(sys.spawn(fragile, x));
  };
  open();
  send(join{});
  send(make_block(0, 10, "shop.events", 66));
  CAF_CHECK_EQUAL(streamers[1].size(), 3u);
  CAF_CHECK_EQUAL(total("failed"), 10u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  auto& x = mine->receipts[0];
  CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
  CAF_CHECK_EQUAL(x.reasons[0].reason, "poisoned");
  CAF_CHECK(x.reasons[0].uncertain);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  // The lane lives on.
  send(make_block(0, 10));
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(streamers[1].size(), 3u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
}

CAF_TEST(a crash over a batch that names a block twice is one crash) {
  make_streamer = [this](const streamer_init& x) {
    auto twice
      = [](caf::event_based_actor* actor, streamer_init init) -> caf::behavior {
      actor->set_default_handler(caf::drop);
      return {[=](const assignment& y) {
        if (init.generation > 0)
          return;
        init.notes->in_hand.assign(2, y.source->number);
        throw std::runtime_error("once");
      }};
    };
    return caf::actor_cast<streamer_actor>(sys.spawn(twice, x));
  };
  open();
  send(make_block(0, 10));
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  CAF_CHECK_EQUAL(total("failed"), 0u);
  CAF_CHECK_EQUAL(total("held"), 10u);
}

CAF_TEST(a successor knows which rows may be stored already) {
  open();
  send(make_block(0, 10));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  auto cut_off = sick(503);
  answer(cut_off);
  crash(current(1));
  step();
  wait(2s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
}

CAF_TEST(neighbours of a poisoned block are stored) {
  make_streamer = [this](const streamer_init& x) {
    return caf::actor_cast<streamer_actor>(sys.spawn(fragile, x));
  };
  open();
  caf::send_as(me, door, make_block(0, 3));
  caf::send_as(me, door, make_block(0, 4, "shop.events", 66));
  caf::send_as(me, door, make_block(3, 5));
  step();
  CAF_CHECK_EQUAL(total("stored"), 8u);
  CAF_CHECK_EQUAL(total("failed"), 4u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 3u);
}

CAF_TEST(a lane that crashes too often is quarantined until resume) {
  options.restarts.most = 3;
  open();
  send(make_block(0, 5));
  quarantine(1);
  CAF_CHECK_EQUAL(streamers[1].size(), 4u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(),
                  "quarantined");
  wait(5s);
  CAF_CHECK(google->open.empty());
  CAF_CHECK_EQUAL(total("held"), 5u);
  // The table has no other lane: new blocks are held.
  send(make_block(5, 5));
  CAF_CHECK_EQUAL(total("held"), 10u);
  CAF_CHECK_EQUAL(streamers.size(), 1u);
  // Other tables do not mind.
  send(make_block(10, 10, "shop.other"));
  answer(all_stored());
  CAF_CHECK(line("shop.other")["stored"] == 10u);
  send(bqs::resume{*parse_table("shop.other")});
  CAF_CHECK_EQUAL(streamers[1].size(), 4u);
  send(bqs::resume{*parse_table("shop.events")});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 2u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 0u);
  CAF_CHECK_EQUAL(mine->replies[1].rows, 10u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
  wait(1s);
  answer(all_stored());
  CAF_CHECK(stored_once(20));
  CAF_CHECK_EQUAL(mine->receipts.size(), 3u);
}

CAF_TEST(new blocks go to the other lanes of a quarantined one) {
  options.restarts.most = 1;
  options.streamers_per_table = 2;
  open();
  send(make_block(0, 5));
  quarantine(1);
  send(make_block(5, 10));
  send(make_block(15, 10));
  CAF_CHECK_EQUAL(streamers.size(), 2u);
  while (!google->open.empty())
    answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 20u);
  CAF_CHECK_EQUAL(total("held"), 5u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(),
                  "quarantined");
  send(bqs::resume{});
  wait(1s);
  answer(all_stored());
  CAF_CHECK(stored_once(25));
}

CAF_TEST(crashes far apart are forgiven) {
  options.restarts.most = 2;
  options.restarts.period = 10s;
  open();
  send(make_block(0, 5));
  for (auto i = 0; i < 6; ++i) {
    crash(current(1));
    step();
    wait(5s);
    if (!google->open.empty())
      google->open.clear();
  }
  CAF_CHECK_EQUAL(streamers[1].size(), 7u);
}

CAF_TEST(rows that expire in quarantine are not sent once it is lifted) {
  options.restarts.most = 1;
  options.defaults.retry.max_age = 3s;
  open();
  send(make_block(0, 10));
  quarantine(1);
  auto too_large = refused("badRequest"); // for whoever comes next
  too_large.cause = http::cause::too_large;
  answer(too_large);
  wait(5s);
  CAF_CHECK_EQUAL(total("failed"), 10u);
  send(bqs::resume{});
  wait(5s);
  CAF_CHECK_EQUAL(google->posts, 1u);
}

CAF_TEST(rows of a quarantined lane expire) {
  options.restarts.most = 0;
  options.defaults.retry.max_age = 10s;
  open();
  send(make_block(0, 5));
  quarantine(1);
  wait(9s);
  CAF_CHECK_EQUAL(total("held"), 5u);
  wait(2s);
  CAF_CHECK_EQUAL(total("failed"), 5u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts[0].reasons[0].reason, "expired");
}

CAF_TEST(a table in trouble stays so over a crash of its streamer) {
  open();
  send(make_block(0, 10));
  answer(sick(503));
  auto before = line("shop.events");
  CAF_CHECK_EQUAL(before["state"].get<std::string>(), "unavailable");
  crash(current(1));
  step();
  CAF_CHECK(line("shop.events")["state"] == before["state"]);
  CAF_CHECK(line("shop.events")["since"] == before["since"]);
  wait(1s);
  answer(all_stored());
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
}

CAF_TEST(failures wait for the next collector and are told once) {
  open();
  send(join{});
  send(make_block(0, 10));
  self->send_exit(collector(), caf::exit_reason::kill);
  answer(stored_but({0, 1}));
  CAF_CHECK_EQUAL(total("stored"), 8u);
  CAF_CHECK_EQUAL(total("failed"), 0u);
  CAF_CHECK_EQUAL(total("held"), 2u);
  CAF_CHECK(mine->receipts.empty());
  CAF_CHECK(mine->told.empty());
  wait(1s);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(mine->told[0].items[0].rows.size(), 2u);
  CAF_CHECK(books()["subscribers"] == 1u);
  // What was told is not told again by the next one.
  acknowledge();
  crash(collector());
  wait(2s);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(total("failed"), 2u);
}

CAF_TEST(rows that every collector ends over are told to nobody) {
  open();
  send(join{});
  send(make_block(0, 10));
  self->send_exit(collector(), caf::exit_reason::kill);
  answer(stored_but({0, 1}));
  auto& state
    = deref<supervisor_actor::stateful_base<supervisor_state>>(chief).state;
  CAF_REQUIRE_EQUAL(state.losses.size(), 1u);
  state.losses.begin()->second.told = 5; // as if so many had been told
  wait(1s);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK_EQUAL(total("held"), 0u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK(books()["missed"] == 2u);
}

CAF_TEST(a collector that ends at any moment loses no failure) {
  // Lets the collector end after each number of messages that the answer
  // causes.
  for (auto steps = 0; steps < 12; ++steps) {
    house x;
    x.open();
    x.send(join{});
    x.send(make_block(0, 10));
    auto post = x.google->open.front();
    x.google->open.clear();
    x.self->send(post.worker, x.google->result(post.what, stored_but({4})));
    post = {};
    for (auto i = 0; i < steps && x.consume_message(); ++i)
      ; // nop
    auto& state
      = x.deref<supervisor_actor::stateful_base<supervisor_state>>(x.chief)
          .state;
    x.self->send_exit(state.collector, caf::exit_reason::kill);
    x.step();
    x.wait(2s);
    CAF_CHECK_EQUAL(x.total("stored"), 9u);
    CAF_CHECK_EQUAL(x.total("failed"), 1u);
    CAF_CHECK_EQUAL(x.mine->told.size(), 1u);
    CAF_CHECK_EQUAL(x.mine->receipts.size(), 1u);
  }
}

CAF_TEST(a failure right behind a new collector is told to all) {
  open();
  send(join{});
  send(make_block(0, 10));
  auto source = google->open[0].what.rows->slices[0].source;
  crash(collector());
  while (!collector()) {
    advance_time(100ms);
    if (sched.prioritize(chief))
      sched.run_once();
  }
  // The new one is there; those who joined are not with it yet.
  failure_reason why{"late", "", "", 0, false};
  caf::send_as(current(1), chief,
               decisions{1, {{source, {0, 1}, false, why, false, 1}}});
  while (sched.prioritize(chief))
    sched.run_once();
  step();
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(total("failed"), 1u);
}

CAF_TEST(the token actor starts again on the next tick) {
  open();
  send(make_block(0, 10));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  crash(tokens.back());
  step();
  CAF_CHECK_EQUAL(tokens.size(), 1u); // not in a hot loop
  google->open.clear();
  wait(1s);
  CAF_CHECK_EQUAL(tokens.size(), 2u);
  // The http actors have been made anew, with the new token actor.
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK(tokens_given.back() == tokens.back());
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
}

CAF_TEST(the dispatcher starts again on the next tick) {
  options.max_in_flight = 2;
  open();
  for (std::uint64_t i = 0; i < 4; ++i)
    send(make_block(10 * i, 10, "shop.t" + std::to_string(i)));
  CAF_REQUIRE_EQUAL(google->open.size(), 2u);
  CAF_CHECK(books()["in_flight"] == 2u);
  crash(dispatcher());
  step();
  CAF_CHECK_EQUAL(google->cancelled, 2u);
  google->open.clear();
  CAF_CHECK(books()["in_flight"] == 0u);
  send(make_block(40, 10, "shop.t4")); // meanwhile
  CAF_CHECK(google->open.empty());
  wait(3s);
  CAF_CHECK_EQUAL(google->open.size(), 2u);
  while (!google->open.empty()) {
    answer(all_stored());
    wait(1s);
  }
  CAF_CHECK(stored_once(50));
  CAF_CHECK_EQUAL(mine->receipts.size(), 5u);
  CAF_CHECK(books()["in_flight"] == 0u);
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(streamers that crash while there is no dispatcher come back) {
  open();
  send(make_block(0, 5));
  crash(dispatcher());
  crash(current(1));
  step();
  CAF_CHECK_EQUAL(streamers[1].size(), 1u);
  wait(3s);
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  answer(all_stored());
  CAF_CHECK(stored_once(5));
}

CAF_TEST(an http actor that crashes leaves its rows uncertain) {
  open();
  send(make_block(0, 10));
  auto worker = google->open.front().worker;
  google->open.clear(); // the next try may come at once
  crash(worker);
  step();
  CAF_CHECK_EQUAL(total("held"), 10u);
  wait(1s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK_EQUAL(google->made, 2u);
  answer(all_stored());
  CAF_CHECK(stored_once(10));
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
}

CAF_TEST(restarts are counted by kind) {
  open();
  send(make_block(0, 10));
  auto worker = google->open.front().worker;
  google->open.clear(); // the next try may come at once
  crash(worker);
  crash(current(1));
  crash(collector());
  crash(tokens.back());
  wait(2s);
  crash(dispatcher());
  wait(2s);
  auto counted = books()["restarts"];
  for (auto who : {"streamers", "http", "collector", "tokens", "dispatcher"}) {
    CAF_MESSAGE(who);
    CAF_CHECK_EQUAL(counted[who].get<int>(), 1);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
