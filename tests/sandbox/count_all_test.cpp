#include "sandbox/count_all.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::json;

const char* const table_path = "/projects/p/datasets/ds/tables/t";

struct count_all_test : testing::Test {
  static options no_store() {
    options o;
    o.store = row_store::none;
    o.limits.rows = 10;
    o.limits.body_bytes = 1'000;
    return o;
  }

  static std::string rows(int n) {
    std::string body = R"({"rows":[)";
    for (auto i = 0; i < n; ++i)
      body += i == 0 ? R"({"json":{}})" : R"(,{"json":{}})";
    return body + "]}";
  }

  table_counts counted() {
    return e.answers.counts.read()["ds.t"];
  }

  void set_fault(const char* spec) {
    e.answers.faults.set({std::get<fault>(parse_fault(spec))});
  }

  test::endpoint e{no_store()};
};

TEST_F(count_all_test, takes_any_table) {
  auto answer = e.insert(rows(3));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"kind":"bigquery#tableDataInsertAllResponse"})");
  e.insert(rows(2), "t$20261122");
  EXPECT_EQ(counted().committed, 5u);
  EXPECT_EQ(counted().requests[200], 2u);
  EXPECT_EQ(e.answers.unstored.size("ds.t").rows, 5u);
  EXPECT_EQ(e.answers.unstored.size("ds.t").bytes,
            rows(3).size() + rows(2).size());
}

TEST_F(count_all_test, shows_a_table_nobody_made) {
  e.insert(rows(3));
  auto answer = e.call("GET", table_path);
  ASSERT_EQ(answer.status, 200);
  auto resource = json::parse(answer.body);
  EXPECT_EQ(resource["numRows"], "3");
  EXPECT_EQ(resource["numBytes"], std::to_string(rows(3).size()));
  EXPECT_EQ(resource["type"], "TABLE");
  EXPECT_EQ(e.call("GET", "/projects/p/datasets/ds").status, 200);
}

TEST_F(count_all_test, shows_a_table_that_was_made) {
  e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  e.insert(rows(4));
  auto resource = json::parse(e.call("GET", table_path).body);
  EXPECT_EQ(resource["numRows"], "4");
  EXPECT_EQ(resource["schema"]["fields"].size(), 1u);
}

TEST_F(count_all_test, has_no_rows_to_show) {
  e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  e.insert(rows(4));
  auto x = e.call("GET", std::string{table_path} + "/data");
  EXPECT_EQ(x.status, 400);
  EXPECT_NE(x.body.find("--store=none"), std::string::npos);
  x = e.call("POST", "/projects/p/queries",
             R"({"useLegacySql":false,"query":"SELECT COUNT(*) FROM ds.t"})");
  EXPECT_EQ(x.status, 400);
  auto error = json::parse(x.body)["error"];
  EXPECT_EQ(error["errors"][0]["reason"], "invalidQuery");
  EXPECT_NE(x.body.find("--store=none"), std::string::npos);
  // What needs no rows is right.
  x = e.call("POST", "/projects/p/queries",
             R"({"useLegacySql":false,"query":"SELECT 1"})");
  EXPECT_EQ(x.status, 200);
}

TEST_F(count_all_test, keeps_the_limits) {
  EXPECT_EQ(e.insert(rows(10)).status, 200);
  EXPECT_EQ(e.insert(rows(11)).status, 400);
  EXPECT_EQ(e.insert(rows(0)).status, 400);
  EXPECT_EQ(e.insert(rows(3) + std::string(1'000, ' ')).status, 400);
  EXPECT_EQ(counted().committed, 10u);
  EXPECT_EQ(counted().requests[400], 3u);
}

TEST_F(count_all_test, refuses_what_was_cut) {
  auto body = rows(3);
  auto answer = e.insert(body.substr(0, body.size() - 1));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["error"]["errors"][0]["reason"],
            "parseError");
  EXPECT_EQ(counted().committed, 0u);
}

TEST_F(count_all_test, fails_on_command) {
  set_fault("status=503,count=1");
  EXPECT_EQ(e.insert(rows(3)).status, 503);
  EXPECT_EQ(counted().committed, 0u);
  set_fault("status=503,commit=true,count=1");
  EXPECT_EQ(e.insert(rows(3)).status, 503);
  EXPECT_EQ(counted().committed, 3u);
}

TEST_F(count_all_test, drops_the_rows_that_a_fault_names) {
  set_fault("rows=timeout,every=2");
  auto answer = json::parse(e.insert(rows(5)).body);
  ASSERT_EQ(answer["insertErrors"].size(), 2u);
  EXPECT_EQ(answer["insertErrors"][1]["index"], 3);
  EXPECT_EQ(counted().committed, 3u);
  EXPECT_EQ(counted().rejected, 2u);
}

TEST(count_all_options_test, have_no_use_for_a_directory) {
  options o;
  o.store = row_store::none;
  o.data = "somewhere";
  EXPECT_THROW(service{o}, std::runtime_error);
}

} // namespace
