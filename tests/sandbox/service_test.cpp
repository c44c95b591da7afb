#include "sandbox/service.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::endpoint;
using test::json;

const char* const fields = R"([{"name":"a","type":"INTEGER"}])";
const char* const row = R"({"rows":[{"insertId":"x","json":{"a":1}}]})";

endpoint& with_faults(endpoint& e, std::initializer_list<const char*> specs) {
  std::vector<fault> faults;
  for (auto spec : specs)
    faults.push_back(std::get<fault>(parse_fault(spec)));
  e.answers.faults.set(std::move(faults));
  return e;
}

TEST(service, unknown_routes_are_a_json_404) {
  endpoint e;
  auto x = e.call("GET", "/nowhere");
  EXPECT_EQ(x.status, 404);
  EXPECT_EQ(json::parse(x.body)["error"]["status"], "NOT_FOUND");
}

TEST(service, a_status_fault_has_no_effect) {
  endpoint e;
  e.make_table(fields);
  with_faults(e, {"status=503,retry-after=2,count=1"});
  auto x = e.insert(row);
  EXPECT_EQ(x.status, 503);
  auto error = json::parse(x.body)["error"];
  EXPECT_EQ(error["errors"][0]["reason"], "backendError");
  EXPECT_EQ(error["status"], "UNAVAILABLE");
  ASSERT_EQ(x.headers.size(), 1u);
  EXPECT_EQ(x.headers[0],
            (std::pair<std::string, std::string>{"Retry-After", "2"}));
  EXPECT_EQ(e.count(), 0u);
  EXPECT_EQ(e.insert(row).status, 200);
  EXPECT_EQ(e.count(), 1u);
}

TEST(service, a_fault_chooses_its_body) {
  endpoint e;
  e.make_table(fields);
  with_faults(e, {"status=502,body=html,count=1", "status=500,body=empty"});
  auto x = e.insert(row);
  EXPECT_TRUE(x.content_type.starts_with("text/html"));
  EXPECT_TRUE(x.body.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(e.insert(row).body, "");
}

TEST(service, resets_know_before_and_after) {
  endpoint e;
  e.make_table(fields);
  with_faults(e, {"reset=before,count=1", "reset=after,count=1",
                  "status=503,commit=true,count=1"});
  EXPECT_EQ(e.insert(row).end, ending::reset);
  EXPECT_EQ(e.count(), 0u);
  EXPECT_EQ(e.insert(row).end, ending::reset);
  EXPECT_EQ(e.count(), 1u);
  // The id is known by now.
  EXPECT_EQ(e.insert(row).status, 503);
  EXPECT_EQ(e.count(), 1u);
  auto counts = e.answers.counts.read()["ds.t"];
  EXPECT_EQ(counts.requests[0], 2u);
  EXPECT_EQ(counts.requests[503], 1u);
  EXPECT_EQ(counts.deduplicated, 1u);
}

TEST(service, a_refusal_is_hidden_as_a_success_is) {
  endpoint e;
  with_faults(e, {"reset=after,count=1", "status=503,commit=true,count=1"});
  EXPECT_EQ(e.insert(row).end, ending::reset);
  EXPECT_EQ(e.insert(row).status, 503);
  EXPECT_EQ(e.insert(row).status, 404); // there is no table
}

TEST(service, an_early_fault_answers_before_the_body) {
  endpoint e;
  with_faults(e, {"status=413,early=true,body=html"});
  request head;
  head.method = "POST";
  head.path = "/projects/p/datasets/ds/tables/t/insertAll";
  auto c = e.answers.begin(head);
  ASSERT_TRUE(c.early);
  EXPECT_EQ(c.early->status, 413);
  EXPECT_EQ(c.early->end, ending::close);
}

TEST(service, faults_of_other_methods) {
  endpoint e;
  e.make_table(fields);
  with_faults(e, {"method=tables.get,table=ds.t,status=404"});
  EXPECT_EQ(e.call("GET", "/projects/p/datasets/ds/tables/t").status, 404);
  EXPECT_EQ(e.insert(row).status, 200);
}

TEST(service, faults_are_replaced_live) {
  endpoint e;
  auto x = e.call("POST", "/sandbox/faults", R"(["status=503","latency=1ms"])");
  EXPECT_EQ(x.body, R"(["status=503","latency=1ms"])");
  EXPECT_EQ(e.call("GET", "/sandbox/faults").body, x.body);
  x = e.call("POST", "/sandbox/faults", R"(["status=x"])");
  EXPECT_EQ(x.status, 400);
  EXPECT_NE(x.body.find("status=x: want"), std::string::npos);
  EXPECT_EQ(e.call("POST", "/sandbox/faults", "{}").status, 400);
  EXPECT_EQ(e.call("POST", "/sandbox/faults", "[5]").status, 400);
  EXPECT_EQ(e.call("DELETE", "/sandbox/faults").body, "[]");
  EXPECT_EQ(e.insert(row).status, 404);
}

TEST(service, the_ledger_is_shown_and_cleared) {
  endpoint e;
  e.make_table(fields);
  e.insert(row);
  auto x = json::parse(e.call("GET", "/sandbox/ledger").body);
  EXPECT_EQ(x["tables"]["ds.t"]["committed"], 1);
  EXPECT_EQ(e.call("DELETE", "/sandbox/ledger").body, R"({"tables":{}})");
}

TEST(service, tokens) {
  options o;
  o.require_token = "good";
  endpoint e{o};
  auto status = [&](const std::string& authorization) {
    e.authorization = authorization;
    return e.call("GET", "/projects/p/datasets").status;
  };
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status("Bearer bad"), 401);
  EXPECT_EQ(status("good"), 401);
  EXPECT_EQ(status("Bearer good"), 200);
  e.answers.office.accept_only({"new", "newer"});
  EXPECT_EQ(status("Bearer good"), 401);
  EXPECT_EQ(status("Bearer newer"), 200);
  e.answers.office.accept_only({});
  EXPECT_EQ(status("Bearer newer"), 401);
  EXPECT_EQ(e.call("GET", "/sandbox/ledger").status, 200);
  e.answers.office.set_mode(token_mode::any);
  EXPECT_EQ(status(""), 200);
}

TEST(service, bodies_that_did_not_come) {
  endpoint e;
  request x;
  x.method = "POST";
  x.path = "/projects/p/datasets/ds/tables/t/insertAll";
  auto c = e.answers.begin(x);
  auto huge = e.answers.finish(c, x, body_state::huge);
  EXPECT_EQ(huge.status, 413);
  EXPECT_EQ(huge.end, ending::close);
  EXPECT_TRUE(huge.content_type.starts_with("text/html"));
  auto bad = e.answers.finish(c, x, body_state::unreadable);
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.end, ending::close);
  EXPECT_EQ(e.answers.finish(c, x, body_state::too_large).end, ending::keep);
}

TEST(service, stopping_ends_latency) {
  endpoint e;
  e.make_table(fields);
  with_faults(e, {"latency=3600s"});
  e.answers.stop();
  EXPECT_EQ(e.insert(row).end, ending::reset);
  EXPECT_EQ(e.count(), 0u);
}

TEST(service, a_failure_of_its_own_is_said_once) {
  test::scratch_directory folder;
  std::vector<std::string> lines;
  options o;
  o.data = folder.path("data");
  o.report = [&](const std::string& x) { lines.push_back(x); };
  endpoint e{o};
  e.make_table(fields);
  // Somebody else spoils the file.
  database other{database_file(o.data), database::mode::create};
  other.execute(R"(DROP TABLE "ds.t"; CREATE TABLE "ds.t" (x))");
  for (auto i = 0; i < 3; ++i)
    EXPECT_EQ(e.insert(row).status, 500);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("SQLite: "), std::string::npos) << lines[0];
  EXPECT_EQ(lines[0].find("\"a\""), std::string::npos);
}

} // namespace
