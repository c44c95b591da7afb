#include "sandbox/list_data.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::endpoint;
using test::json;

constexpr const char* data = "/projects/p/datasets/ds/tables/t/data";
using query = std::vector<std::pair<std::string, std::string>>;

TEST(list_data, encodes_values_as_the_service_does) {
  endpoint e;
  e.make_table(R"([{"name":"s","type":"STRING"},{"name":"i","type":"INTEGER"},
    {"name":"f","type":"FLOAT"},{"name":"b","type":"BOOLEAN"},
    {"name":"n","type":"NUMERIC"},{"name":"ts","type":"TIMESTAMP"},
    {"name":"dt","type":"DATETIME"},{"name":"tags","type":"STRING","mode":"REPEATED"},
    {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]},
    {"name":"g","type":"RANGE","rangeElementType":{"type":"DATE"}}])");
  auto inserted = e.insert(R"({"rows":[{"json":{"s":"x","i":"9007199254740993",
    "f":"nan","b":true,"n":"1.250","ts":"2023-01-02T03:04:05.678901Z",
    "dt":"2020-01-02 03:04:05","tags":["a","b"],"r":{"x":1},
    "g":{"start":"2020-01-01"}}},{"json":{}}]})");
  ASSERT_EQ(inserted.body.find("insertErrors"), std::string::npos)
    << inserted.body;
  auto x = json::parse(e.call("GET", data).body);
  EXPECT_EQ(x["kind"], "bigquery#tableDataList");
  EXPECT_EQ(x["totalRows"], "2");
  EXPECT_EQ(x["rows"][0].dump(),
            R"({"f":[{"v":"x"},{"v":"9007199254740993"},{"v":"NaN"},)"
            R"({"v":"true"},{"v":"1.25"},{"v":"1.672628645678901E9"},)"
            R"({"v":"2020-01-02T03:04:05"},{"v":[{"v":"a"},{"v":"b"}]},)"
            R"~({"v":{"f":[{"v":"1"}]}},{"v":"[2020-01-01, UNBOUNDED)"}]})~");
  EXPECT_EQ(x["rows"][1].dump(),
            R"({"f":[{"v":null},{"v":null},{"v":null},{"v":null},{"v":null},)"
            R"({"v":null},{"v":null},{"v":[]},{"v":null},{"v":null}]})");
}

TEST(list_data, shows_timestamps_in_three_ways) {
  endpoint e;
  e.make_table(R"([{"name":"ts","type":"TIMESTAMP"}])");
  e.insert(R"({"rows":[{"json":{"ts":"2023-01-02T03:04:05.678901Z"}}]})");
  struct {
    query how;
    const char* text;
  } cases[] = {
    {{}, "1.672628645678901E9"},
    {{{"formatOptions.useInt64Timestamp", "True"}}, "1672628645678901"},
    {{{"formatOptions.timestampOutputFormat", "ISO8601_STRING"}},
     "2023-01-02T03:04:05.678901Z"},
  };
  for (auto& x : cases)
    EXPECT_EQ(
      json::parse(e.call("GET", data, "", x.how).body)["rows"][0]["f"][0]["v"],
      x.text);
}

TEST(list_data, goes_page_by_page) {
  endpoint e;
  e.make_table(R"([{"name":"i","type":"INTEGER"}])");
  for (auto i = 0; i < 5; ++i)
    e.insert(R"({"rows":[{"json":{"i":)" + std::to_string(i) + "}}]}");
  std::string seen;
  query how{{"maxResults", "2"}, {"startIndex", "1"}};
  for (;;) {
    auto x = json::parse(e.call("GET", data, "", how).body);
    for (auto& row : x["rows"])
      seen += row["f"][0]["v"].get<std::string>();
    if (!x.contains("pageToken"))
      break;
    seen += '|';
    how.resize(2);
    how.emplace_back("pageToken", x["pageToken"]);
  }
  EXPECT_EQ(seen, "12|34");
}

TEST(list_data, leaves_rows_out_when_there_are_none) {
  endpoint e;
  e.make_table(R"([{"name":"i","type":"INTEGER"}])");
  auto x = json::parse(e.call("GET", data).body);
  EXPECT_FALSE(x.contains("rows"));
  EXPECT_EQ(x["totalRows"], "0");
  e.insert(R"({"rows":[{"json":{"i":1}}]})");
  x = json::parse(e.call("GET", data, "", {{"maxResults", "0"}}).body);
  EXPECT_FALSE(x.contains("rows"));
  EXPECT_EQ(x["totalRows"], "1");
}

TEST(list_data, selects_columns) {
  endpoint e;
  e.make_table(
    R"([{"name":"a","type":"INTEGER"},{"name":"b","type":"STRING"}])");
  e.insert(R"({"rows":[{"json":{"a":1,"b":"x"}}]})");
  auto x = json::parse(e.call("GET", data, "", {{"selectedFields", "b"}}).body);
  EXPECT_EQ(x["rows"][0].dump(), R"({"f":[{"v":"x"}]})");
  EXPECT_EQ(e.call("GET", data, "", {{"selectedFields", "c"}}).status, 400);
  EXPECT_EQ(e.call("GET", data, "", {{"startIndex", "-1"}}).status, 400);
}

TEST(list_data, a_missing_table_is_said_in_other_words) {
  endpoint e;
  auto x = json::parse(e.call("GET", data).body);
  EXPECT_EQ(x["error"]["message"], "Not found: Table p:ds.t");
}

} // namespace
