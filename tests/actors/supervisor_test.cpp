#define CAF_SUITE supervisor

#include "tests/house.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(supervisor_tests, house)

CAF_TEST(rows are stored and the sender gets the receipt) {
  open();
  send(make_block(0, 10));
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 1u);
  CAF_CHECK(mine->admissions[0].code == admission_code::accepted);
  CAF_CHECK(mine->admissions[0].stream == make_stream(1));
  CAF_CHECK_EQUAL(mine->admissions[0].rows, 10u);
  CAF_CHECK_EQUAL(total("held"), 10u);
  CAF_CHECK(mine->receipts.empty());
  CAF_CHECK(books()["in_flight"] == 1u);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK_EQUAL(google->open[0].what.to->path,
                  "/bigquery/v2/projects/home/datasets/shop/tables/events/"
                  "insertAll?prettyPrint=false");
  answer(all_stored());
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  auto& x = mine->receipts[0];
  CAF_CHECK(x.stream == make_stream(1));
  CAF_CHECK_EQUAL(x.first, 0u);
  CAF_CHECK_EQUAL(x.rows, 10u);
  CAF_CHECK_EQUAL(x.stored, 10u);
  CAF_CHECK_EQUAL(x.possibly_duplicated, 0u);
  CAF_CHECK(x.failures.empty());
  CAF_CHECK(x.table == *parse_table("shop.events"));
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("held"), 0u);
  CAF_CHECK_EQUAL(room->used(), 0u);
  CAF_CHECK(books()["in_flight"] == 0u);
}

CAF_TEST(a lone row leaves by its age) {
  open();
  send(make_block(0, 1));
  wait(900ms);
  CAF_CHECK(google->open.empty());
  wait(100ms);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 1u);
}

CAF_TEST(failed rows reach the collector and only then the books) {
  open();
  send(join{});
  send(make_block(100, 10));
  auto post = google->open.front();
  // The collector gets the answer's failures last of all.
  google->open.clear();
  self->send(post.worker, google->result(post.what, stored_but({3, 4, 9})));
  auto told_at = 0u;
  while (consume_message())
    if (mine->told.empty()) {
      CAF_CHECK(mine->receipts.empty());
      ++told_at;
    }
  CAF_CHECK(told_at > 0);
  step();
  CAF_CHECK_EQUAL(total("stored"), 7u);
  CAF_CHECK_EQUAL(total("failed"), 3u);
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  CAF_REQUIRE_EQUAL(mine->told[0].items.size(), 1u);
  auto& x = mine->told[0].items[0];
  CAF_CHECK(x.table == *parse_table("shop.events"));
  CAF_CHECK_EQUAL(x.why.reason, "invalid");
  CAF_CHECK_EQUAL(x.why.message, "no such field");
  CAF_CHECK_EQUAL(x.why.location, "name");
  CAF_CHECK_EQUAL(x.why.http_status, 200u);
  CAF_CHECK_EQUAL(x.attempts, 1u);
  std::vector<std::string> texts;
  for (auto& item : mine->told[0].items)
    for (auto& row : item.rows)
      texts.push_back(row.json);
  CAF_CHECK(
    texts
    == (std::vector<std::string>{row_text(103), row_text(104), row_text(109)}));
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  auto& y = mine->receipts[0];
  CAF_CHECK_EQUAL(y.stored, 7u);
  CAF_REQUIRE_EQUAL(y.reasons.size(), 1u);
  CAF_REQUIRE_EQUAL(y.failures.size(), 2u);
  CAF_CHECK(y.failures[0] == (failed_range{103, 2, 0}));
  CAF_CHECK(y.failures[1] == (failed_range{109, 1, 0}));
}

CAF_TEST(a block that comes twice is held once) {
  open();
  send(make_block(0, 10));
  send(make_block(0, 10));
  CAF_REQUIRE_EQUAL(mine->admissions.size(), 2u);
  CAF_CHECK(mine->admissions[1].code == admission_code::accepted);
  CAF_CHECK_EQUAL(total("accepted"), 10u);
  CAF_CHECK_EQUAL(google->posts, 1u);
  CAF_CHECK_EQUAL(room->used(), cost(make_block(0, 10)));
  answer(all_stored());
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  // Again, after its receipt: answered by it.
  send(make_block(0, 10));
  CAF_CHECK_EQUAL(mine->receipts.size(), 2u);
  CAF_CHECK(mine->receipts[0] == mine->receipts[1]);
  CAF_CHECK_EQUAL(mine->admissions.size(), 3u);
  CAF_CHECK_EQUAL(total("accepted"), 10u);
  CAF_CHECK_EQUAL(google->posts, 1u);
  CAF_CHECK_EQUAL(room->used(), 0u);
}

CAF_TEST(the receipt goes to whoever sent the block last) {
  open();
  auto box = std::make_shared<inbox>();
  auto other = start(client, box);
  send(make_block(0, 10));
  say(other, door, make_block(0, 10));
  answer(all_stored());
  CAF_CHECK(mine->receipts.empty());
  CAF_CHECK_EQUAL(box->receipts.size(), 1u);
}

CAF_TEST(an overlap is refused as conflict) {
  open();
  send(make_block(10, 10));
  auto refused_now = [this](block x) {
    auto before = mine->admissions.size();
    send(std::move(x));
    CAF_REQUIRE_EQUAL(mine->admissions.size(), before + 1);
    return mine->admissions.back().code == admission_code::conflict;
  };
  auto overlaps = [&] {
    CAF_CHECK(refused_now(make_block(5, 6)));
    CAF_CHECK(refused_now(make_block(19, 1)));
    CAF_CHECK(refused_now(make_block(10, 11)));
    CAF_CHECK(refused_now(make_block(10, 10, "shop.other")));
  };
  overlaps();
  answer(all_stored());
  overlaps(); // with a receipt that is remembered
  CAF_CHECK(!refused_now(make_block(5, 5)));
  CAF_CHECK(!refused_now(make_block(20, 5)));
  CAF_CHECK(!refused_now(make_block(12, 3, "shop.events", 2)));
  CAF_CHECK(books()["refused"]["conflict"] == 8u);
  CAF_CHECK_EQUAL(total("accepted"), 23u);
}

CAF_TEST(a sender in doubt hears how its block stands) {
  open();
  ask question{make_stream(1), 0, 10, *parse_table("shop.events")};
  auto look = [&] { return call<standing>(door, question); };
  CAF_CHECK(look().code == standing_code::unknown);
  send(make_block(0, 10));
  CAF_CHECK(look().code == standing_code::held);
  // Whoever asked gets the receipt.
  send(question);
  answer(all_stored());
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  auto x = look();
  CAF_CHECK(x.code == standing_code::settled);
  CAF_REQUIRE(x.receipt);
  CAF_CHECK(*x.receipt == mine->receipts[0]);
  question.rows = 9;
  CAF_CHECK(look().code == standing_code::unknown);
}

CAF_TEST(a receipt is forgotten after its time) {
  options.receipts_keep_for = 5s;
  open();
  send(make_block(0, 10));
  answer(all_stored());
  wait(4s);
  ask question{make_stream(1), 0, 10, *parse_table("shop.events")};
  CAF_CHECK(call<standing>(door, question).code == standing_code::settled);
  wait(2s);
  CAF_CHECK(call<standing>(door, question).code == standing_code::unknown);
}

CAF_TEST(500 and 503 are retried until the rows are stored) {
  open();
  send(make_block(0, 10));
  std::string since;
  for (auto status : {500, 503, 500, 503}) {
    answer(sick(status));
    CAF_CHECK_EQUAL(total("held"), 10u);
    CAF_CHECK(line("shop.events")["state"] == "unavailable");
    auto now = line("shop.events")["since"].get<std::string>();
    CAF_CHECK(since.empty() || since == now);
    since = now;
    wait(1s);
  }
  answer(all_stored());
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts[0].stored, 10u);
  CAF_CHECK_EQUAL(mine->receipts[0].possibly_duplicated, 10u);
  CAF_CHECK_EQUAL(total("possibly_duplicated"), 10u);
  CAF_CHECK_EQUAL(google->posts, 5u);
  CAF_CHECK(line("shop.events")["state"] == "ok");
  CAF_CHECK(line("shop.events")["since"] == "");
  CAF_CHECK_EQUAL(since.size(), std::size_t{27});
}

CAF_TEST(the last of the attempts fails the rows) {
  options.defaults.retry.max_attempts = 3;
  open();
  send(make_block(0, 10));
  answer(sick(500));
  wait(1s);
  answer(sick(503));
  wait(1s);
  CAF_CHECK_EQUAL(total("failed"), 0u);
  answer(sick(500));
  CAF_CHECK_EQUAL(total("failed"), 10u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  auto& x = mine->receipts[0];
  CAF_CHECK_EQUAL(x.stored, 0u);
  CAF_REQUIRE_EQUAL(x.reasons.size(), 1u);
  CAF_CHECK_EQUAL(x.reasons[0].http_status, 500u);
  CAF_CHECK(x.reasons[0].uncertain);
  CAF_REQUIRE_EQUAL(x.failures.size(), 1u);
  CAF_CHECK(x.failures[0] == (failed_range{0, 10, 0}));
  wait(10s);
  CAF_CHECK_EQUAL(google->posts, 3u);
}

CAF_TEST(no attempts at all still means one) {
  options.defaults.retry.max_attempts = 0;
  open();
  send(make_block(0, 10));
  CAF_CHECK_EQUAL(google->posts, 1u);
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
}

CAF_TEST(the defaults hold where nothing is set) {
  options.defaults = {};
  options.tables["shop.quick"].batch.rows = 3;
  open();
  send(make_block(0, 499));
  CAF_CHECK(google->open.empty());
  send(make_block(499, 1));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK_EQUAL(google->open[0].what.rows->rows, 500u);
  answer(all_stored());
  send(make_block(500, 3, "shop.quick"));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  send(make_block(503, 3, "shop.quick$20260131")); // the same options
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
}

CAF_TEST(several streamers share a table) {
  options.streamers_per_table = 3;
  open();
  for (std::uint64_t i = 0; i < 6; ++i)
    send(make_block(10 * i, 10));
  CAF_CHECK_EQUAL(streamers.size(), 3u);
  CAF_CHECK(line("shop.events")["lanes"] == 3u);
  while (!google->open.empty())
    answer(all_stored());
  CAF_CHECK(stored_once(60));
  CAF_CHECK_EQUAL(mine->receipts.size(), 6u);
}

CAF_TEST(many tables are at work at once) {
  options.max_in_flight = 20;
  open();
  for (std::uint64_t i = 0; i < 20; ++i)
    send(make_block(10 * i, 10, "shop.t" + std::to_string(i)));
  CAF_CHECK_EQUAL(google->open.size(), 20u);
  CAF_CHECK_EQUAL(streamers.size(), 20u);
  while (!google->open.empty())
    answer(all_stored());
  CAF_CHECK(stored_once(200));
  CAF_CHECK_EQUAL(books()["tables"].size(), 20u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 20u);
}

CAF_TEST(slots are shared and never exceeded) {
  options.max_in_flight = 2;
  open();
  for (std::uint64_t i = 0; i < 8; ++i)
    send(make_block(10 * i, 10, "shop.t" + std::to_string(i)));
  for (auto i = 0; i < 8; ++i) {
    CAF_CHECK(google->open.size() <= 2);
    answer(all_stored());
  }
  CAF_CHECK(stored_once(80));
  CAF_CHECK_EQUAL(google->made, 2u);
}

CAF_TEST(an idle lane is retired and born again) {
  options.streamers_idle = 5s;
  open();
  send(make_block(0, 10));
  answer(all_stored());
  wait(4s);
  CAF_CHECK(line("shop.events")["lanes"] == 1u);
  self->monitor(streamers[1].back());
  wait(2s);
  CAF_CHECK(line("shop.events")["lanes"] == 0u);
  CAF_CHECK(line("shop.events")["stored"] == 10u);
  expect((caf::down_msg), from(streamers[1].back()).to(self).with(_));
  send(make_block(10, 10));
  CAF_CHECK_EQUAL(streamers.size(), 2u);
  answer(all_stored());
  CAF_CHECK(stored_once(20));
}

CAF_TEST(a lane with held rows is never retired) {
  options.streamers_idle = 5s;
  open();
  send(make_block(0, 10));
  wait(20s);
  CAF_CHECK(line("shop.events")["lanes"] == 1u);
  answer(all_stored());
  CAF_CHECK(stored_once(10));
}

CAF_TEST(a flush right behind the first block of a table counts it) {
  open();
  // Neither waits for the other: the lane has no streamer yet.
  caf::send_as(me, door, make_block(0, 3));
  caf::send_as(me, door, flush{});
  step();
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 3u);
  CAF_CHECK_EQUAL(google->open.size(), 1u);
  answer(all_stored());
}

CAF_TEST(a flush of a table is none of another) {
  open();
  send(make_block(0, 3));
  send(make_block(3, 4, "shop.other"));
  send(flush{*parse_table("home:shop.other")});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 4u);
  CAF_CHECK_EQUAL(google->open.size(), 1u);
  send(flush{});
  CAF_CHECK_EQUAL(mine->replies[1].rows, 3u);
  CAF_CHECK_EQUAL(google->open.size(), 2u);
  answer(all_stored());
  answer(all_stored());
  CAF_CHECK_EQUAL(call<reply>(door, flush{}).rows, 0u);
}

CAF_TEST(the same table named with and without its project is one) {
  open();
  send(make_block(0, 5));
  send(make_block(5, 5, "home:shop.events"));
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  CAF_CHECK_EQUAL(google->open[0].what.rows->rows, 10u);
  answer(all_stored());
  CAF_CHECK(line("shop.events")["stored"] == 10u);
}

CAF_TEST(changes of table states reach those who joined them) {
  options.defaults.batch.rows = 1;
  open();
  join wanted;
  wanted.failures = false;
  wanted.states = true;
  send(wanted);
  send(make_block(0, 1));
  CAF_CHECK(mine->changes.empty());
  answer(sick(503));
  CAF_REQUIRE_EQUAL(mine->changes.size(), 1u);
  CAF_CHECK(mine->changes[0].table == *parse_table("shop.events"));
  CAF_CHECK(mine->changes[0].state == table_state::unavailable);
  CAF_CHECK(!mine->changes[0].reason.empty());
  CAF_CHECK(mine->changes[0].since > caf::timestamp{});
  send(wanted); // again: it is told how things are
  CAF_REQUIRE_EQUAL(mine->changes.size(), 2u);
  crash(collector()); // and again by the next one, which knows them
  pass(3s);
  CAF_CHECK(mine->changes.back().state == table_state::unavailable);
  crash(collector()); // what changes meanwhile is not lost
  answer(all_stored());
  pass(3s);
  CAF_CHECK(mine->changes.back().state == table_state::ok);
  CAF_CHECK_EQUAL(total("stored"), 1u);
}

CAF_TEST(what a table may hold follows its state) {
  options.max_buffered_bytes = 8 * cost(make_block(0, 10));
  open();
  send(make_block(0, 10));
  answer(sick(503));
  send(make_block(10, 10));
  CAF_CHECK(mine->admissions.back().code == admission_code::accepted);
  send(make_block(20, 10));
  CAF_CHECK(mine->admissions.back().code == admission_code::overloaded);
  send(make_block(0, 10, "shop.orders", 2));
  CAF_CHECK(mine->admissions.back().code == admission_code::accepted);
  CAF_CHECK_EQUAL(books()["budget"]["over_share"].get<int>(), 1);
  wait(2s);
  while (!google->open.empty())
    answer(all_stored());
  send(make_block(20, 10));
  CAF_CHECK(mine->admissions.back().code == admission_code::accepted);
}

CAF_TEST(a subscriber that comes late gets the last failures) {
  open();
  send(make_block(0, 10));
  answer(stored_but({3, 4, 9}));
  join wanted;
  wanted.last = 2;
  send(wanted);
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 2u);
  CAF_REQUIRE_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(mine->told[0].items[0].rows.size(), 2u);
  // A new collector does not tell them once more.
  crash(collector());
  pass(3s);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
