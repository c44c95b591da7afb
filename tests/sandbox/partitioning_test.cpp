#include "sandbox/partitioning.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using kind = partitioning::kind;
using test::json;

const auto today = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
const auto schema = test::schema_of(R"([{"name":"d","type":"DATE"},
      {"name":"ts","type":"TIMESTAMP"},{"name":"dt","type":"DATETIME"},
      {"name":"s","type":"STRING"},
      {"name":"ds","type":"DATE","mode":"REPEATED"}])");

partitioning read(const char* document) {
  return read_partitioning(json::parse(document), schema);
}

TEST(partitioning, is_read) {
  EXPECT_EQ(read("{}").how, kind::none);
  auto daily = read(R"({"timePartitioning":{"type":"DAY"}})");
  EXPECT_EQ(daily.how, kind::by_ingestion);
  EXPECT_TRUE(daily.daily);
  EXPECT_FALSE(read(R"({"timePartitioning":{"type":"HOUR"}})").daily);
  auto column = read(R"({"timePartitioning":{"type":"MONTH","field":"TS"},
                         "clustering":{"fields":["s","d"]}})");
  EXPECT_EQ(column.how, kind::by_column);
  EXPECT_EQ(column.column, 1u);
}

TEST(partitioning, nonsense_is_refused) {
  for (auto text : {R"({"timePartitioning":5})", R"({"timePartitioning":{}})",
                    R"({"timePartitioning":{"type":"WEEK"}})",
                    R"({"timePartitioning":{"type":"DAY","field":"no"}})",
                    R"({"timePartitioning":{"type":"DAY","field":"s"}})",
                    R"({"timePartitioning":{"type":"DAY","field":"ds"}})",
                    R"({"clustering":{}})", R"({"clustering":{"fields":[]}})",
                    R"({"clustering":{"fields":["no"]}})",
                    R"({"clustering":{"fields":[5]}})",
                    R"({"clustering":{"fields":["s","s","s","s","s"]}})"})
    EXPECT_EQ(test::refused([&] { read(text); }).status, 400) << text;
}

TEST(partitioning, a_decorator_names_a_day_near_today) {
  auto daily = read(R"({"timePartitioning":{"type":"DAY"}})");
  auto hourly = read(R"({"timePartitioning":{"type":"HOUR"}})");
  auto column = read(R"({"timePartitioning":{"type":"DAY","field":"d"}})");
  struct {
    const char* table;
    const partitioning& of;
    const char* message; // its beginning; empty: taken
  } cases[] = {
    {"t", {}, ""},
    {"t$20261122", daily, ""},
    {"t$20261022", daily, ""},
    {"t$20261208", daily, ""},
    {"t$20261021", daily, "The destination table's partition t$20261021 is"},
    {"t$20261209", daily, "The destination table's partition t$20261209 is"},
    {"t$2026112209", hourly, "Invalid table ID"},
    {"t$20261122", hourly, "Cannot stream to partition t$20261122"},
    {"t$20261122", {}, "Cannot stream to partition t$20261122"},
    {"t$20261122", column, "Streaming to metadata partition of column based"},
  };
  for (auto& x : cases) {
    auto why = test::refused([&] {
      check_decorator({"p", "ds", x.table}, x.of, today);
    });
    EXPECT_TRUE(why.message.starts_with(x.message)) << why.message;
    EXPECT_EQ(why.status, *x.message ? 400 : 0) << x.table;
  }
}

TEST(partitioning, values_are_within_ten_years_back_and_one_ahead) {
  auto check = [&](std::size_t i, const char* stored) {
    return check_bounds({"p", "ds", "t"}, schema[i], stored, today);
  };
  for (auto text :
       {R"("2026-11-22")", R"("2016-11-24")", R"("2027-11-23")", ""})
    EXPECT_FALSE(check(0, text)) << text;
  EXPECT_FALSE(check(1, R"("2026-11-22T10:00:00Z")"));
  EXPECT_EQ(check(1, R"("2015-01-12T20:55:38.123456Z")"),
            "Value 1421096138123456 for partition column ts of the destination "
            "table p:ds.t is outside the allowed bounds. You can only stream "
            "to partitions of date range within 3650 days in the past and 366 "
            "days in the future relative to the current date.");
  EXPECT_TRUE(check(0, R"("1970-01-02")")->starts_with("Value 1 for"));
  EXPECT_TRUE(check(0, R"("2027-11-24")"));
  EXPECT_TRUE(check(2, R"("2030-01-01T00:00:00")"));
}

} // namespace
