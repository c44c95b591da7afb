#include "sandbox/insert_all.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;
using test::endpoint;
using test::json;

const char* const fields = R"([{"name":"a","type":"INTEGER"}])";

/// Returns `index:reason` of all errors, in order.
std::string problems(const reply& x) {
  std::string result;
  auto body = json::parse(x.body);
  if (body.contains("insertErrors"))
    for (auto& each : body["insertErrors"])
      result += (result.empty() ? "" : " ") + each["index"].dump() + ":"
                + each["errors"][0]["reason"].get<std::string>();
  return result;
}

std::string message(const reply& x) {
  return json::parse(x.body)["error"]["message"];
}

TEST(insert_all, stores_good_rows) {
  endpoint e;
  e.make_table(fields);
  auto x = e.insert(R"({"rows":[{"json":{"a":1}},{"json":{"a":"2"}}]})");
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(x.body, R"({"kind":"bigquery#tableDataInsertAllResponse"})");
  EXPECT_EQ(e.count(), 2u);
}

TEST(insert_all, one_bad_row_stops_the_others) {
  endpoint e;
  e.make_table(fields);
  auto rows = R"("rows":[{"json":{"a":1}},{"json":{"zz":1}},{"json":{"a":3}}])";
  auto x = e.insert("{" + std::string{rows} + "}");
  EXPECT_EQ(problems(x), "1:invalid 0:stopped 2:stopped");
  EXPECT_EQ(e.count(), 0u);
  x = e.insert(R"({"skipInvalidRows":true,)" + std::string{rows} + "}");
  EXPECT_EQ(problems(x), "1:invalid");
  EXPECT_EQ(e.count(), 2u);
  x = e.insert(R"({"ignoreUnknownValues":true,)" + std::string{rows} + "}");
  EXPECT_EQ(problems(x), "");
  EXPECT_EQ(e.count(), 5u);
}

TEST(insert_all, refuses_whole_requests_in_the_words_of_the_service) {
  options o;
  o.limits.rows = 3;
  o.limits.body_bytes = 1'000;
  endpoint e{o};
  e.make_table(fields);
  e.call("POST", "/projects/p/datasets/ds/tables",
         R"({"tableReference":{"tableId":"bare"}})");
  auto row = R"({"rows":[{"json":{"a":1}}]})";
  struct {
    const char* table;
    std::string body;
    int status;
    const char* message; // its beginning
  } cases[] = {
    {"t", R"({"rows":[]})", 400, "No rows present in the request."},
    {"t", "{}", 400, "No rows present in the request."},
    {"t", R"({"rows":[{},{},{},{}]})", 400,
     "too many rows present in the request"},
    {"t", "", 400, "Invalid JSON payload received."},
    {"t", R"({"rows":[{"json":{"a":1}})", 400,
     "Invalid JSON payload received."},
    {"t", std::string(1'001, ' '), 400,
     "Request payload size exceeds the limit: 1000 bytes."},
    {"t",
     R"({"rows":[{"json":{"a":)" + std::string(200, '[') + std::string(200, ']')
       + "}}]}",
     400, "Invalid JSON payload received. Message too deep."},
    {"no", row, 404, "Table "},
    {"bare", row, 400, "The destination table has no schema."},
    {"t$20261122", row, 400, "Cannot stream to partition t$20261122"},
    {"t", R"({"templateSuffix":"a-b",)" + std::string{row + 1}, 400,
     "Invalid template suffix"},
  };
  for (auto& x : cases) {
    auto got = e.insert(x.body, x.table);
    EXPECT_EQ(got.status, x.status) << x.body;
    EXPECT_TRUE(message(got).starts_with(x.message)) << message(got);
  }
  EXPECT_EQ(e.count(), 0u);
  auto missing
    = e.call("POST", "/projects/p/datasets/no/tables/t/insertAll", row);
  EXPECT_EQ(message(missing), "Not found: Dataset p:no");
}

TEST(insert_all, takes_partitions_within_bounds) {
  endpoint e;
  e.make_table(fields);
  e.call("POST", "/projects/p/datasets/ds/tables",
         R"({"tableReference":{"tableId":"d"},"schema":{"fields":)"
           + std::string{fields} + R"(},"timePartitioning":{"type":"DAY"}})");
  auto row = R"({"rows":[{"json":{"a":1}}]})";
  for (auto table : {"d$20261122", "d$20261022", "d$20261208"})
    EXPECT_EQ(e.insert(row, table).status, 200) << table;
  EXPECT_EQ(e.insert(row, "d$20261209").status, 400);
  EXPECT_EQ(e.count("d"), 3u);
}

TEST(insert_all, a_row_outside_of_the_column_partitions_is_invalid) {
  endpoint e;
  e.make_table(fields);
  e.call("POST", "/projects/p/datasets/ds/tables",
         R"({"tableReference":{"tableId":"c"},"schema":{"fields":[
           {"name":"r","type":"RECORD","fields":[{"name":"x","type":"DATE"},
             {"name":"y","type":"DATE"}]},
           {"name":"day","type":"DATE"}]},
           "timePartitioning":{"type":"DAY","field":"day"}})");
  auto x = e.insert(R"({"skipInvalidRows":true,"rows":[
    {"json":{"day":"2026-11-22","r":{"y":"1970-01-01"}}},
    {"json":{"Day":"1999-01-01"}},{"json":{}}]})",
                    "c");
  EXPECT_EQ(problems(x), "1:invalid");
  EXPECT_NE(x.body.find("partition column day of the destination table p:ds.c"),
            std::string::npos)
    << x.body;
  EXPECT_EQ(e.count("c"), 2u);
}

TEST(insert_all, bounds_rows_and_insert_ids) {
  options o;
  o.limits.row_bytes = 50;
  endpoint e{o};
  e.make_table(R"([{"name":"s","type":"STRING"}])");
  auto big = R"({"skipInvalidRows":true,"rows":[{"json":{"s":")"
             + std::string(50, 'x') + R"("}},{"json":{"s":"y"}}]})";
  auto x = e.insert(big);
  EXPECT_EQ(problems(x), "0:invalid");
  EXPECT_NE(x.body.find("Maximum allowed row size exceeded. Allowed: 50 Row "
                        "size: 58"),
            std::string::npos)
    << x.body;
  auto with_id = [](const std::string& id) {
    return R"({"rows":[{"insertId":")" + id + R"(","json":{"s":"y"}}]})";
  };
  std::string accents;
  for (auto i = 0; i < 128; ++i)
    accents += "é";
  EXPECT_EQ(problems(e.insert(with_id(std::string(128, 'i')))), "");
  EXPECT_EQ(problems(e.insert(with_id(accents))), "");
  EXPECT_EQ(problems(e.insert(with_id(std::string(129, 'i')))), "0:invalid");
}

TEST(insert_all, a_row_without_json_is_invalid) {
  endpoint e;
  e.make_table(fields);
  EXPECT_EQ(problems(e.insert(R"({"rows":[{"insertId":"a"},{"json":null}]})")),
            "0:invalid 1:invalid");
}

TEST(insert_all, drops_an_insert_id_within_the_window) {
  endpoint e;
  e.make_table(fields);
  auto body = R"({"rows":[{"insertId":"x","json":{"a":1}},
                          {"insertId":"x","json":{"a":2}},
                          {"insertId":"","json":{"a":3}},
                          {"insertId":"","json":{"a":4}}]})";
  EXPECT_EQ(problems(e.insert(body)), "");
  EXPECT_EQ(e.count(), 3u);
  e.now += 59s;
  e.insert(body);
  EXPECT_EQ(e.count(), 5u);
  e.now += 1s;
  e.insert(body);
  EXPECT_EQ(e.count(), 8u);
  auto counts = e.answers.counts.read()["ds.t"];
  EXPECT_EQ(counts.committed, 8u);
  EXPECT_EQ(counts.deduplicated, 4u);
}

TEST(insert_all, a_refused_insert_id_is_not_remembered) {
  endpoint e;
  e.make_table(fields);
  auto bad = R"({"rows":[{"insertId":"x","json":{"a":1}},{"json":{"z":1}}]})";
  EXPECT_EQ(problems(e.insert(bad)), "1:invalid 0:stopped");
  e.insert(R"({"rows":[{"insertId":"x","json":{"a":1}}]})");
  EXPECT_EQ(e.count(), 1u);
}

TEST(insert_all, a_deleted_table_takes_its_insert_ids_along) {
  endpoint e;
  e.make_table(fields);
  auto row = R"({"rows":[{"insertId":"x","json":{"a":1}}]})";
  e.insert(row);
  e.call("DELETE", "/projects/p/datasets/ds/tables/t");
  e.make_table(fields);
  EXPECT_EQ(e.insert(row).status, 200);
  EXPECT_EQ(e.count(), 1u);
  e.call("DELETE", "/projects/p/datasets/ds", "", {{"deleteContents", "true"}});
  e.make_table(fields);
  e.insert(row);
  e.insert(row);
  EXPECT_EQ(e.count(), 1u);
  auto counted = e.answers.counts.read()["ds.t"];
  EXPECT_EQ(counted.committed, 3u);
  EXPECT_EQ(counted.deduplicated, 1u);
}

TEST(insert_all, a_template_makes_its_table) {
  endpoint e;
  e.make_table(fields);
  auto body = R"({"templateSuffix":"_s","rows":[
    {"insertId":"x","json":{"a":1}}]})";
  EXPECT_EQ(problems(e.insert(body)), "");
  EXPECT_EQ(e.count("t_s"), 1u);
  EXPECT_EQ(e.count("t"), 0u);
  // The same row sent directly is another one.
  e.insert(R"({"rows":[{"insertId":"x","json":{"a":1}}]})", "t_s");
  EXPECT_EQ(e.count("t_s"), 2u);
  EXPECT_EQ(e.answers.counts.read()["ds.t_s"].requests[200], 2u);
}

TEST(insert_all, makes_missing_tables_if_told_to) {
  options o;
  o.create_tables = true;
  endpoint e{o};
  auto x = e.insert(R"({"rows":[{"json":{"s":"x","i":1,"f":1.5,"b":true,
    "n":null,"r":{"y":1},"l":[1]}},{"json":{"s":"y","n":"text"}}]})");
  EXPECT_EQ(problems(x), "");
  EXPECT_EQ(e.count(), 2u);
  auto table
    = json::parse(e.call("GET", "/projects/p/datasets/ds/tables/t").body);
  EXPECT_EQ(table["schema"]["fields"].size(), 7u);
  EXPECT_EQ(problems(e.insert(R"({"rows":[{"json":{"zz":1}}]})")), "0:invalid");
  EXPECT_EQ(e.insert(R"({"rows":[{"json":{"a-b":1}}]})", "u").status, 400);
}

TEST(insert_all, a_refused_request_makes_no_table) {
  options o;
  o.create_tables = true;
  endpoint e{o};
  auto good = R"({"rows":[{"json":{"a":1}}]})";
  EXPECT_EQ(e.insert(good, "t$20261122").status, 400);
  EXPECT_EQ(e.insert(good, "t$nonsense").status, 400);
  EXPECT_EQ(e.insert(good, "t!").status, 400);
  EXPECT_EQ(e.insert(R"({"rows":[{"json":{}}]})").status, 400);
  EXPECT_EQ(e.insert(R"({"rows":[{"json":{"_PARTITIONTIME":1}}]})").status,
            400);
  EXPECT_EQ(
    e.insert(R"({"templateSuffix":"-","rows":[{"json":{"a":1}}]})").status,
    400);
  EXPECT_EQ(e.insert(R"({"templateSuffix":")" + std::string(1'024, 's')
                     + R"(","rows":[{"json":{"a":1}}]})")
              .status,
            400);
  EXPECT_EQ(e.call("GET", "/projects/p/datasets/ds").status, 404);
  EXPECT_EQ(e.insert(good).status, 200);
}

TEST(insert_all, row_faults_drop_only_their_rows) {
  options o;
  o.faults.push_back(
    std::get<fault>(parse_fault("rows=timeout,every=3,message=slow")));
  endpoint e{o};
  e.make_table(fields);
  auto body = R"({"rows":[{"json":{"a":1}},{"json":{"a":2}},{"json":{"a":3}},
                          {"json":{"a":4}}]})";
  EXPECT_EQ(problems(e.insert(body)), "2:timeout");
  EXPECT_EQ(problems(e.insert(body)), "1:timeout");
  EXPECT_EQ(e.count(), 6u);
  EXPECT_EQ(e.answers.counts.read()["ds.t"].rejected, 2u);
}

TEST(insert_all, an_invalid_row_fault_stops_the_others) {
  options o;
  o.faults.push_back(std::get<fault>(parse_fault("rows=invalid,every=2")));
  endpoint e{o};
  e.make_table(fields);
  EXPECT_EQ(
    problems(e.insert(R"({"rows":[{"json":{"a":1}},{"json":{"a":2}}]})")),
    "1:invalid 0:stopped");
  EXPECT_EQ(e.count(), 0u);
}

} // namespace
