#include "sandbox/jobs.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::endpoint;
using test::json;

using parameters = std::vector<std::pair<std::string, std::string>>;

struct jobs_test : testing::Test {
  jobs_test() {
    e.make_table(R"([{"name":"id","type":"INTEGER"},
                     {"name":"ts","type":"TIMESTAMP"}])");
    e.insert(R"({"rows":[{"json":{"id":1,"ts":"2023-01-02T03:04:05Z"}},
                         {"json":{"id":2}},{"json":{"id":3}}]})");
  }

  json post(const std::string& path, const std::string& body) {
    auto x = e.call("POST", "/projects/p/" + path, body);
    auto result = json::parse(x.body);
    result["status_code"] = x.status;
    return result;
  }

  json get(const std::string& path, const parameters& query = {}) {
    auto x = e.call("GET", "/projects/p/" + path, "", query);
    auto result = json::parse(x.body);
    result["status_code"] = x.status;
    return result;
  }

  endpoint e;
};

TEST_F(jobs_test, query_answers_at_once) {
  auto x = post("queries", R"({"useLegacySql":false,"requestId":"r1",
    "formatOptions":{"useInt64Timestamp":true},"location":"EU",
    "query":"SELECT id, ts FROM ds.t ORDER BY id","maxResults":2})");
  EXPECT_EQ(x["kind"], "bigquery#queryResponse");
  EXPECT_EQ(x["schema"].dump(),
            R"({"fields":[{"name":"id","type":"INTEGER","mode":"NULLABLE"},)"
            R"({"name":"ts","type":"TIMESTAMP","mode":"NULLABLE"}]})");
  EXPECT_EQ(x["jobComplete"], true);
  EXPECT_EQ(x["totalRows"], "3");
  EXPECT_EQ(x["jobReference"]["location"], "EU");
  EXPECT_EQ(x["rows"].dump(), R"([{"f":[{"v":"1"},{"v":"1672628645000000"}]},)"
                              R"({"f":[{"v":"2"},{"v":null}]}])");
  // The rest of the pages, and the job.
  auto id = x["jobReference"]["jobId"].get<std::string>();
  auto rest
    = get("queries/" + id, {{"pageToken", x["pageToken"].get<std::string>()}});
  EXPECT_EQ(rest["rows"].dump(), R"([{"f":[{"v":"3"},{"v":null}]}])");
  EXPECT_FALSE(rest.contains("pageToken"));
  EXPECT_EQ(get("jobs/" + id)["status"]["state"], "DONE");
}

TEST_F(jobs_test, the_same_request_is_the_same_job) {
  auto body = R"({"useLegacySql":false,"requestId":"r","query":"SELECT 1"})";
  auto a = post("queries", body);
  auto b = post("queries", body);
  EXPECT_EQ(a["jobReference"], b["jobReference"]);
  auto c = post("queries",
                R"({"useLegacySql":false,"requestId":"r","query":"SELECT 2"})");
  EXPECT_NE(a["jobReference"], c["jobReference"]);
  EXPECT_EQ(c["rows"][0]["f"][0]["v"], "2");
}

TEST_F(jobs_test, parameters_of_requests) {
  auto x = post("queries", R"({"useLegacySql":false,"parameterMode":"named",
    "query":"SELECT @a AS n, @s AS s, @f AS f, @b AS b, @t AS t, @none AS x",
    "queryParameters":[
    {"name":"a","parameterType":{"type":"INT64"},"parameterValue":{"value":5}},
    {"name":"s","parameterType":{"type":"STRING"},"parameterValue":{"value":"x"}},
    {"name":"f","parameterType":{"type":"FLOAT64"},"parameterValue":{"value":"1.5"}},
    {"name":"b","parameterType":{"type":"BOOL"},"parameterValue":{"value":"true"}},
    {"name":"t","parameterType":{"type":"TIMESTAMP"},
     "parameterValue":{"value":"2023-01-02 03:04:05+00"}},
    {"name":"none","parameterType":{"type":"DATE"},"parameterValue":{}}]})");
  EXPECT_EQ(x["rows"].dump(), R"([{"f":[{"v":"5"},{"v":"x"},{"v":"1.5"},)"
                              R"({"v":"true"},{"v":"1.672628645E9"},)"
                              R"({"v":null}]}])");
  EXPECT_EQ(x["schema"]["fields"][5]["type"], "DATE");
  x = post("queries", R"({"useLegacySql":false,"query":"SELECT ? + 1",
    "queryParameters":[{"parameterType":{"type":"INT64"},
                        "parameterValue":{"value":"x"}}]})");
  EXPECT_EQ(x["error"]["message"],
            "Invalid value for query parameter 1: not of type INT64");
  x = post("queries", R"({"useLegacySql":false,"query":"SELECT @a",
    "queryParameters":[{"name":"a","parameterType":{"type":"ARRAY"}}]})");
  EXPECT_EQ(x["status_code"], 400);
}

TEST_F(jobs_test, errors_of_query) {
  auto x = post("queries", R"({"useLegacySql":false,"query":"SELECT zz"})");
  EXPECT_EQ(x["status_code"], 400);
  EXPECT_EQ(x["error"]["errors"][0].dump(),
            R"({"message":"Unrecognized name: zz at [1:8]","domain":"global",)"
            R"("reason":"invalidQuery","location":"q",)"
            R"("locationType":"parameter"})");
  x = post("queries", R"({"useLegacySql":false,"query":"SELECT 1 FROM ds.x"})");
  EXPECT_EQ(x["status_code"], 404);
  EXPECT_EQ(x["error"]["errors"][0]["reason"], "notFound");
  EXPECT_EQ(post("queries", "{}")["error"]["errors"][0]["reason"], "required");
  // The service would take it for legacy SQL.
  EXPECT_EQ(post("queries", R"({"query":"SELECT 1"})")["status_code"], 400);
  EXPECT_EQ(
    post("queries", R"({"query":"#standardSQL\nSELECT 1"})")["status_code"],
    200);
  EXPECT_EQ(post("queries", R"({"useLegacySql":false,"query":"SELECT 1",
    "connectionProperties":[{"key":"time_zone","value":"Europe/Rome"}]})")
              ["status_code"],
            400);
}

TEST_F(jobs_test, members_have_their_types) {
  auto with = [&](const std::string& member) {
    return post("queries", R"({"useLegacySql":false,"query":"SELECT 1",)"
                             + member + "}")["status_code"];
  };
  for (auto bad :
       {R"("maxResults":-1)", R"("maxResults":1.5)", R"("maxResults":"x")",
        R"("maxResults":[])", R"("timeoutMs":-1)", R"("timeoutMs":true)",
        R"("queryParameters":{})", R"("queryParameters":"x")",
        R"("queryParameters":[5])", R"("queryParameters":[null])"})
    EXPECT_EQ(with(bad), 400) << bad;
  for (auto good :
       {R"("maxResults":"1")", R"("timeoutMs":10000)", R"("maxResults":null)",
        R"("queryParameters":null)", R"("queryParameters":[])"})
    EXPECT_EQ(with(good), 200) << good;
}

TEST_F(jobs_test, an_answer_names_the_query) {
  auto x = post("queries", R"({"useLegacySql":false,"query":"SELECT 1"})");
  EXPECT_EQ(x["queryId"], x["jobReference"]["jobId"]);
  EXPECT_EQ(get("queries/" + x["queryId"].get<std::string>(),
                {{"timeoutMs", "-1"}})["status_code"],
            400);
}

TEST_F(jobs_test, a_dry_run_leaves_no_job) {
  auto x = post("queries", R"({"useLegacySql":false,"dryRun":true,
    "query":"SELECT id FROM ds.t"})");
  EXPECT_EQ(x["schema"]["fields"][0]["name"], "id");
  EXPECT_EQ(x["totalRows"], "0");
  EXPECT_FALSE(x["jobReference"].contains("jobId"));
  x = post("jobs", R"({"configuration":{"dryRun":true,"query":{
    "useLegacySql":false,"query":"SELECT id FROM ds.t"}}})");
  EXPECT_EQ(x["statistics"]["query"]["schema"]["fields"][0]["name"], "id");
  x = post("jobs", R"({"configuration":{"dryRun":true,"query":{
    "useLegacySql":false,"query":"SELECT zz FROM ds.t"}}})");
  EXPECT_EQ(x["status_code"], 400);
  EXPECT_FALSE(get("jobs")["jobs"].size());
}

TEST_F(jobs_test, a_job_is_read_in_three_ways) {
  auto x = post("jobs", R"({"jobReference":{"projectId":"p","jobId":"j-1",
    "location":"US"},"configuration":{"query":{"useLegacySql":false,
    "query":"SELECT id FROM ds.t WHERE id > 1 ORDER BY id"}}})");
  EXPECT_EQ(x["kind"], "bigquery#job");
  EXPECT_EQ(x["id"], "p:US.j-1");
  EXPECT_EQ(x["status"]["state"], "DONE");
  EXPECT_EQ(x["configuration"]["jobType"], "QUERY");
  auto none = get("queries/j-1", {{"maxResults", "0"}, {"location", "US"}});
  EXPECT_EQ(none["totalRows"], "2");
  EXPECT_FALSE(none.contains("rows"));
  EXPECT_FALSE(none.contains("pageToken"));
  auto wanted = R"([{"f":[{"v":"2"}]},{"f":[{"v":"3"}]}])";
  EXPECT_EQ(get("queries/j-1")["rows"].dump(), wanted);
  EXPECT_EQ(get("queries/j-1", {{"startIndex", "1"}})["rows"].size(), 1u);
  auto table = x["configuration"]["query"]["destinationTable"];
  auto path = "datasets/" + table["datasetId"].get<std::string>() + "/tables/"
              + table["tableId"].get<std::string>();
  EXPECT_EQ(get(path + "/data", {{"startIndex", "0"}})["rows"].dump(), wanted);
  EXPECT_EQ(get(path)["numRows"], "2");
  EXPECT_EQ(get("datasets/_sandbox_results/tables/x/data")["status_code"], 404);
  EXPECT_EQ(get("jobs")["jobs"][0]["jobReference"]["jobId"], "j-1");
  EXPECT_EQ(post("jobs/j-1/cancel", "")["job"]["status"]["state"], "DONE");
}

TEST_F(jobs_test, a_job_id_is_used_once) {
  auto body = R"({"jobReference":{"jobId":"j"},"configuration":{"query":{
    "useLegacySql":false,"query":"SELECT 1"}}})";
  EXPECT_EQ(post("jobs", body)["status_code"], 200);
  auto again = post("jobs", body);
  EXPECT_EQ(again["status_code"], 409);
  EXPECT_EQ(again["error"]["message"], "Already Exists: Job p:US.j");
}

TEST_F(jobs_test, a_job_that_failed) {
  auto x = post("jobs", R"({"jobReference":{"jobId":"j"},"configuration":{
    "query":{"useLegacySql":false,"query":"SELECT 1 / 0"}}})");
  EXPECT_EQ(x["status_code"], 200);
  EXPECT_EQ(x["status"]["errorResult"]["reason"], "invalidQuery");
  auto results = get("queries/j");
  EXPECT_EQ(results["status_code"], 400);
  EXPECT_EQ(results["error"]["message"], "division by zero");
}

TEST_F(jobs_test, what_is_no_query_job) {
  auto x = post("jobs", R"({"configuration":{"load":{}}})");
  EXPECT_EQ(x["status_code"], 501);
  EXPECT_EQ(x["error"]["errors"][0]["reason"], "notImplemented");
  EXPECT_EQ(get("jobs/nope")["status_code"], 404);
  EXPECT_EQ(get("queries/nope")["status_code"], 404);
  EXPECT_EQ(post("jobs", R"({"jobReference":{"jobId":"a b"},"configuration":{
    "query":{"useLegacySql":false,"query":"SELECT 1"}}})")["status_code"],
            400);
}

TEST(job_store, forgets_the_oldest) {
  auto make = [](const std::string& id, std::size_t bytes) {
    job x;
    x.project = "p";
    x.id = id;
    x.result.bytes = bytes;
    return std::make_shared<const job>(std::move(x));
  };
  job_store uut{2, 1'000};
  EXPECT_TRUE(uut.add(make("a", 1)));
  EXPECT_FALSE(uut.add(make("a", 1)));
  EXPECT_TRUE(uut.add(make("b", 1)));
  EXPECT_TRUE(uut.add(make("c", 1)));
  EXPECT_FALSE(uut.find("p", "a"));
  EXPECT_TRUE(uut.find("p", "b"));
  EXPECT_FALSE(uut.find("q", "b"));
  EXPECT_TRUE(uut.add(make("d", 2'000)));
  EXPECT_EQ(uut.list("p").size(), 1u);
  EXPECT_TRUE(uut.find("p", "d"));
}

} // namespace
