#define CAF_SUITE supervisor_pause

#include "tests/house.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(supervisor_pause_tests, house)

CAF_TEST(rows of a paused table are held until resume) {
  open();
  send(make_block(0, 5));
  send(bqs::pause{*parse_table("shop.events")});
  CAF_REQUIRE_EQUAL(mine->replies.size(), 1u);
  CAF_CHECK_EQUAL(mine->replies[0].rows, 5u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "paused");
  send(make_block(5, 20));
  send(make_block(25, 10, "shop.other"));
  wait(5s);
  CAF_REQUIRE_EQUAL(google->open.size(), 1u);
  answer(all_stored());
  CAF_CHECK(line("shop.other")["stored"] == 10u);
  CAF_CHECK_EQUAL(total("held"), 25u);
  send(bqs::resume{*parse_table("shop.events")});
  CAF_CHECK_EQUAL(mine->replies[1].rows, 25u);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
  answer(all_stored());
  CAF_CHECK(stored_once(35));
}

CAF_TEST(answers of a paused table still count) {
  open();
  send(make_block(0, 10));
  send(bqs::pause{});
  answer(all_stored());
  CAF_CHECK_EQUAL(total("stored"), 10u);
  CAF_CHECK_EQUAL(total("held"), 0u);
}

CAF_TEST(a pause outlives the streamers of a table) {
  options.streamers_idle = 1s;
  open();
  send(make_block(0, 5));
  send(bqs::pause{});
  crash(streamers[1].back());
  step();
  wait(3s);
  CAF_CHECK(google->open.empty());
  CAF_CHECK_EQUAL(streamers[1].size(), 2u);
  // A table that is new is paused, too.
  send(make_block(5, 10, "shop.other"));
  wait(3s);
  CAF_CHECK(google->open.empty());
  CAF_CHECK_EQUAL(line("shop.other")["state"].get<std::string>(), "paused");
  send(bqs::resume{});
  wait(1s);
  while (!google->open.empty())
    answer(all_stored());
  CAF_CHECK(stored_once(15));
}

CAF_TEST(a table that is paused shows as such though it is idle) {
  options.streamers_idle = 1s;
  open();
  send(make_block(0, 5));
  wait(1s);
  answer(all_stored());
  auto table = *parse_table("shop.events");
  send(bqs::pause{table});
  wait(5s);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "paused");
  CAF_CHECK(books()["paused"]["all"] == false);
  CAF_CHECK(books()["paused"]["exceptions"]
            == nlohmann::json::array({"shop.events"}));
  send(bqs::resume{table});
  CAF_CHECK(books()["paused"]["exceptions"].empty());
  wait(5s);
  CAF_CHECK_EQUAL(line("shop.events")["state"].get<std::string>(), "ok");
  CAF_CHECK(line("shop.events")["lanes"] == 0);
}

CAF_TEST(a drain gives up the rows of a paused table in time) {
  open();
  send(make_block(0, 5));
  send(bqs::pause{});
  send(drain{caf::timespan{2s}});
  wait(5s);
  CAF_CHECK_EQUAL(total("failed"), 5u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts[0].reasons[0].reason, "shutdown");
}

CAF_TEST_FIXTURE_SCOPE_END()
