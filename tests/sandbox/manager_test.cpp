#include "sandbox/manager.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::endpoint;
using test::json;

constexpr const char* datasets = "/projects/p/datasets";
constexpr const char* tables = "/projects/p/datasets/ds/tables";
constexpr const char* table = "/projects/p/datasets/ds/tables/t";

const char* const one_field = R"([{"name":"a","type":"STRING"}])";

TEST(manager, datasets_have_what_clients_need) {
  endpoint e;
  auto made = e.call("POST", datasets,
                     R"({"datasetReference":{"datasetId":"ds"},"labels":null,
                         "location":"EU","id":"mine"})");
  ASSERT_EQ(made.status, 200) << made.body;
  auto x = json::parse(made.body);
  EXPECT_EQ(x["kind"], "bigquery#dataset");
  EXPECT_EQ(x["id"], "p:ds");
  EXPECT_EQ(x["location"], "EU");
  EXPECT_EQ(x["labels"], json::object());
  EXPECT_EQ(x["access"], json::array());
  EXPECT_TRUE(x["creationTime"].is_string());
  EXPECT_EQ(e.call("GET", "/projects/p/datasets/ds").body, made.body);
}

TEST(manager, datasets_are_made_once) {
  endpoint e;
  auto body = R"({"datasetReference":{"datasetId":"ds"}})";
  EXPECT_EQ(e.call("POST", datasets, body).status, 200);
  EXPECT_EQ(e.call("POST", datasets, body).status, 409);
  EXPECT_EQ(e.call("POST", datasets, "{}").status, 400);
  EXPECT_EQ(
    e.call("POST", datasets, R"({"datasetReference":{"datasetId":"a-b"}})")
      .status,
    400);
}

TEST(manager, datasets_are_listed_patched_and_deleted) {
  endpoint e;
  e.make_table(one_field);
  e.call("POST", datasets, R"({"datasetReference":{"datasetId":"other"}})");
  auto list = json::parse(e.call("GET", datasets).body);
  EXPECT_EQ(list["kind"], "bigquery#datasetList");
  EXPECT_EQ(list["datasets"].size(), 2u);
  auto patched = json::parse(
    e.call("PATCH", "/projects/p/datasets/ds", R"({"labels":{"a":"b"}})").body);
  EXPECT_EQ(patched["labels"]["a"], "b");
  EXPECT_EQ(e.call("DELETE", "/projects/p/datasets/ds").status, 400);
  EXPECT_EQ(e.call("DELETE", "/projects/p/datasets/ds", "",
                   {{"deleteContents", "True"}})
              .status,
            204);
  EXPECT_EQ(e.call("GET", "/projects/p/datasets/ds").status, 404);
  EXPECT_EQ(e.call("GET", table).status, 404);
}

TEST(manager, tables_have_what_clients_need) {
  endpoint e;
  e.make_table(R"([{"name":"a","type":"INT64","description":"d"}])");
  e.insert(R"({"rows":[{"json":{"a":1}}]})");
  auto x = json::parse(e.call("GET", table).body);
  EXPECT_EQ(x["kind"], "bigquery#table");
  EXPECT_EQ(x["id"], "p:ds.t");
  EXPECT_EQ(x["tableReference"]["tableId"], "t");
  EXPECT_EQ(x["schema"]["fields"][0]["type"], "INTEGER");
  EXPECT_EQ(x["schema"]["fields"][0]["description"], "d");
  EXPECT_EQ(x["numRows"], "1");
  EXPECT_EQ(x["type"], "TABLE");
  EXPECT_EQ(x["labels"], json::object());
}

TEST(manager, tables_are_listed_in_pages) {
  endpoint e;
  e.make_table(one_field);
  for (auto name : {"u", "v"})
    e.call("POST", tables,
           json{{"tableReference", {{"tableId", name}}}}.dump());
  auto list
    = json::parse(e.call("GET", tables, "", {{"maxResults", "2"}}).body);
  EXPECT_EQ(list["kind"], "bigquery#tableList");
  EXPECT_EQ(list["totalItems"], 3);
  EXPECT_EQ(list["tables"].size(), 2u);
  std::string token = list["nextPageToken"];
  list = json::parse(e.call("GET", tables, "", {{"pageToken", token}}).body);
  EXPECT_EQ(list["tables"][0]["tableReference"]["tableId"], "v");
  EXPECT_FALSE(list.contains("nextPageToken"));
}

TEST(manager, tables_are_refused_in_the_words_of_the_service) {
  endpoint e;
  e.make_table(one_field);
  struct {
    const char* method;
    const char* path;
    const char* body;
    int status;
    const char* message; // its beginning
  } cases[] = {
    {"POST", tables, R"({"tableReference":{"tableId":"t"}})", 409,
     "Already Exists: Table p:ds.t"},
    {"POST", tables, R"({"tableReference":{"tableId":"t$1"}})", 400,
     "Invalid table ID"},
    {"POST", tables, "{}", 400, "Invalid table ID"},
    {"POST", tables, "not json", 400, "Invalid JSON payload received."},
    {"POST", tables, R"({"tableReference":{"tableId":"x"},"schema":5})", 400,
     "Invalid JSON payload received."},
    {"POST", tables,
     R"({"tableReference":{"tableId":"x"},"schema":{"fields":[5]}})", 400,
     "Invalid value at 'schema.fields'"},
    {"POST", "/projects/p/datasets/no/tables",
     R"({"tableReference":{"tableId":"x"}})", 404, "Not found: Dataset p:no"},
    {"GET", "/projects/p/datasets/ds/tables/no", "", 404,
     "Not found: Table p:ds.no"},
    {"GET", "/projects/p/datasets/no/tables/t", "", 404,
     "Not found: Dataset p:no"},
    {"DELETE", "/projects/p/datasets/ds/tables/no", "", 404,
     "Not found: Table p:ds.no"},
    {"PATCH", table, R"({"schema":{"fields":[{"name":"a","type":"DATE"}]}})",
     400, "Provided Schema does not match Table p:ds.t. Field a has changed"},
    {"PATCH", table, R"({"schema":null})", 400,
     "Provided Schema does not match Table p:ds.t."},
  };
  for (auto& x : cases) {
    auto got = e.call(x.method, x.path, x.body);
    EXPECT_EQ(got.status, x.status) << x.path << x.body;
    std::string message = json::parse(got.body)["error"]["message"];
    EXPECT_TRUE(message.starts_with(x.message)) << message;
  }
}

TEST(manager, a_patch_adds_columns_and_keeps_the_rest) {
  endpoint e;
  e.make_table(one_field);
  e.insert(R"({"rows":[{"json":{"a":"x"}}]})");
  auto patched = e.call("PATCH", table,
                        R"({"description":"d","schema":{"fields":[
                          {"name":"a","type":"STRING"},
                          {"name":"b","type":"STRING"}]}})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  auto x = json::parse(patched.body);
  EXPECT_EQ(x["description"], "d");
  EXPECT_EQ(x["numRows"], "1");
  EXPECT_EQ(e.insert(R"({"rows":[{"json":{"b":"y"}}]})").body.find("errors"),
            std::string::npos);
}

TEST(manager, a_stale_etag_changes_nothing) {
  endpoint e;
  e.make_table(one_field);
  std::string tag = json::parse(e.call("GET", table).body)["etag"];
  e.if_match = tag;
  EXPECT_EQ(e.call("PATCH", table, R"({"description":"1"})").status, 200);
  auto stale = e.call("PATCH", table, R"({"description":"2"})");
  EXPECT_EQ(stale.status, 412);
  e.if_match = "*";
  EXPECT_EQ(e.call("PATCH", table, R"({"description":"3"})").status, 200);
}

TEST(manager, a_deleted_table_starts_empty_again) {
  endpoint e;
  e.make_table(one_field);
  e.insert(R"({"rows":[{"json":{"a":"x"}}]})");
  EXPECT_EQ(e.call("DELETE", table).status, 204);
  EXPECT_EQ(e.call("GET", table).status, 404);
  e.make_table(one_field);
  EXPECT_EQ(e.count(), 0u);
}

TEST(manager, remembers_what_happened_to_tables) {
  endpoint e;
  e.make_table(one_field);
  auto& history = e.answers.tables.history();
  EXPECT_FALSE(history.find("ds.t")->again);
  auto before = e.now;
  e.now += std::chrono::hours{1};
  e.call("PATCH", table,
         R"({"schema":{"fields":[{"name":"a","type":"STRING"},
             {"name":"b","type":"STRING"}]}})");
  EXPECT_EQ(history.at("ds.t", before)->schema.size(), 1u);
  EXPECT_EQ(history.at("ds.t", e.now), nullptr);
  e.call("DELETE", "/projects/p/datasets/ds", "", {{"deleteContents", "true"}});
  EXPECT_FALSE(history.find("ds.t"));
  e.make_table(one_field);
  EXPECT_TRUE(history.find("ds.t")->again);
  EXPECT_EQ(history.find("ds.t")->when, e.now);
}

TEST(manager, an_update_replaces_what_a_patch_keeps) {
  endpoint e;
  e.make_table(one_field);
  e.call("PATCH", table, R"({"description":"d","labels":{"a":"b"}})");
  auto body = R"({"friendlyName":"f","schema":{"fields":)"
              + std::string{one_field} + "}}";
  auto x = json::parse(e.call("PUT", table, body).body);
  EXPECT_EQ(x["friendlyName"], "f");
  EXPECT_FALSE(x.contains("description"));
  EXPECT_EQ(x["labels"], json::object());
  EXPECT_TRUE(x["creationTime"].is_string());
  // Without a schema it would lose its columns.
  EXPECT_EQ(e.call("PUT", table, "{}").status, 400);
  e.call("PATCH", "/projects/p/datasets/ds", R"({"description":"d"})");
  x = json::parse(
    e.call("PUT", "/projects/p/datasets/ds", R"({"friendlyName":"f"})").body);
  EXPECT_FALSE(x.contains("description"));
}

TEST(manager, a_table_is_shown_as_far_as_it_is_asked_for) {
  endpoint e;
  e.make_table(R"([{"name":"a","type":"STRING"},{"name":"b","type":"RECORD",
    "fields":[{"name":"x","type":"DATE"}]},{"name":"c","type":"STRING"}])");
  auto get = [&](const char* name, const char* value) {
    return e.call("GET", table, "", {{name, value}});
  };
  auto basic = json::parse(get("view", "BASIC").body);
  EXPECT_FALSE(basic.contains("numRows"));
  EXPECT_TRUE(basic.contains("schema"));
  EXPECT_TRUE(json::parse(get("view", "FULL").body).contains("numRows"));
  EXPECT_EQ(get("view", "SIDE").status, 400);
  auto some = json::parse(get("selectedFields", "b.x,C").body);
  EXPECT_EQ(some["schema"]["fields"].size(), 2u);
  EXPECT_EQ(some["schema"]["fields"][0]["name"], "b");
  EXPECT_EQ(get("selectedFields", "zz").status, 400);
}

TEST(manager, a_table_is_where_its_dataset_is) {
  endpoint e;
  e.call("POST", datasets,
         R"({"datasetReference":{"datasetId":"ds"},"location":"eu"})");
  auto made = e.call("POST", tables, R"({"tableReference":{"tableId":"t"}})");
  EXPECT_EQ(json::parse(made.body)["location"], "EU");
}

TEST(manager, partitions_and_clusters_are_kept) {
  endpoint e;
  auto body = R"({"tableReference":{"tableId":"t"},
    "schema":{"fields":[{"name":"d","type":"DATE"}]},
    "timePartitioning":{"type":"DAY","field":"d","expirationMs":"1"},
    "clustering":{"fields":["d"]}})";
  e.call("POST", datasets, R"({"datasetReference":{"datasetId":"ds"}})");
  e.call("POST", tables, body);
  auto x = json::parse(e.call("GET", table).body);
  EXPECT_EQ(x["timePartitioning"]["expirationMs"], "1");
  EXPECT_EQ(x["clustering"]["fields"][0], "d");
  EXPECT_EQ(
    e.call("PATCH", table, R"({"timePartitioning":{"type":"HOUR"}})").status,
    400);
  EXPECT_EQ(
    e.call("PATCH", table, R"({"timePartitioning":{"expirationMs":"2"}})")
      .status,
    200);
}

TEST(manager, a_stale_etag_deletes_nothing) {
  endpoint e;
  e.make_table(one_field);
  e.if_match = "stale";
  EXPECT_EQ(e.call("DELETE", table).status, 412);
  e.if_match.clear();
  EXPECT_EQ(e.call("DELETE", table).status, 204);
}

TEST(manager, there_is_one_project) {
  options o;
  o.project = "mine";
  endpoint e{o};
  auto x = json::parse(e.call("GET", "/projects").body);
  EXPECT_EQ(x["kind"], "bigquery#projectList");
  EXPECT_EQ(x["projects"][0]["projectReference"]["projectId"], "mine");
  EXPECT_EQ(x["totalItems"], 1);
}

TEST(manager, resources_that_are_none_are_refused_and_change_nothing) {
  endpoint e;
  e.make_table(one_field);
  auto dataset = "/projects/p/datasets/ds";
  auto before = e.call("GET", dataset).body + e.call("GET", table).body;
  struct {
    const char* verb;
    const char* path;
    const char* body;
    int status;
  } cases[] = {
    {"POST", datasets, R"({"datasetReference":{"datasetId":"x"},"labels":5})",
     400},
    {"POST", datasets,
     R"({"datasetReference":{"datasetId":"x","projectId":"q"}})", 400},
    {"PATCH", dataset, R"({"labels":"x"})", 400},
    {"PUT", dataset, R"({"labels":[]})", 400},
    {"PATCH", dataset, R"({"datasetReference":{"datasetId":"other"}})", 400},
    {"POST", tables, R"({"tableReference":{"tableId":"x"},"labels":{"a":1}})",
     400},
    {"POST", tables,
     R"({"tableReference":{"tableId":"x","datasetId":"other"}})", 400},
    {"POST", tables,
     R"({"tableReference":{"tableId":"x"},"view":{"query":"SELECT 1"}})", 501},
    {"POST", tables,
     R"({"tableReference":{"tableId":"x"},"externalDataConfiguration":{}})",
     501},
    {"PATCH", table, R"({"labels":5})", 400},
    {"PATCH", table, R"({"tableReference":{"tableId":"x"}})", 400},
    {"PUT", table, R"({"labels":"x"})", 400},
  };
  for (auto& x : cases)
    EXPECT_EQ(e.call(x.verb, x.path, x.body).status, x.status) << x.body;
  EXPECT_EQ(e.call("GET", dataset).body + e.call("GET", table).body, before);
  EXPECT_EQ(e.call("GET", std::string{datasets} + "/x").status, 404);
  EXPECT_EQ(e.call("GET", std::string{tables} + "/x").status, 404);
}

} // namespace
