#include "sandbox/schema.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::json;
using test::schema_of;

std::string error_of(const std::string& fields) {
  auto list = json::parse(fields);
  auto read = read_schema(list);
  auto words = std::get_if<std::string>(&read);
  return words ? *words : "";
}

TEST(schema, answers_with_legacy_names) {
  auto list = json::parse(R"([{"name":"a","type":"int64"},
    {"name":"b","type":"STRUCT","mode":"repeated","fields":[
      {"name":"c","type":"BOOL"}]}])");
  auto schema = std::get<columns>(read_schema(list));
  EXPECT_EQ(list[0]["type"], "INTEGER");
  EXPECT_FALSE(list[0].contains("mode"));
  EXPECT_EQ(list[1]["type"], "RECORD");
  EXPECT_EQ(list[1]["mode"], "REPEATED");
  EXPECT_EQ(list[1]["fields"][0]["type"], "BOOLEAN");
  EXPECT_EQ(schema[1].fields[0].type, column_type::boolean);
}

TEST(schema, knows_all_types_by_both_names) {
  for (auto name :
       {"STRING",  "BYTES",    "INTEGER",    "INT64",     "FLOAT", "FLOAT64",
        "NUMERIC", "DECIMAL",  "BIGNUMERIC", "BOOLEAN",   "BOOL",  "DATE",
        "TIME",    "DATETIME", "TIMESTAMP",  "GEOGRAPHY", "JSON",  "INTERVAL",
        "RANGE",   "RECORD",   "STRUCT"})
    EXPECT_TRUE(read_column_type(name)) << name;
  EXPECT_FALSE(read_column_type("VARCHAR"));
}

TEST(schema, finds_columns_in_any_case) {
  auto schema = schema_of(R"([{"name":"Alpha","type":"STRING"},
                              {"name":"beta","type":"STRING"}])");
  EXPECT_EQ(schema.find("alpha"), 0u);
  EXPECT_EQ(schema.find("BETA"), 1u);
  EXPECT_EQ(schema.find("beta", 1), 1u);
  EXPECT_EQ(schema.find("gamma"), columns::none);
}

TEST(schema, refuses_what_makes_no_table) {
  for (
    auto fields : {
      R"({})",
      R"([5])",
      R"([{"name":"a"}])",
      R"([{"name":5,"type":"STRING"}])",
      R"([{"name":"a","type":"VARCHAR"}])",
      R"([{"name":"a-b","type":"STRING"}])",
      R"([{"name":"1a","type":"STRING"}])",
      R"([{"name":"","type":"STRING"}])",
      R"([{"name":"a","type":"STRING","mode":"SOMETIMES"}])",
      R"([{"name":"a","type":"STRING"},{"name":"A","type":"STRING"}])",
      R"([{"name":"a","type":"RECORD"}])",
      R"([{"name":"a","type":"RANGE"}])",
      R"([{"name":"a","type":"RANGE","rangeElementType":{"type":"STRING"}}])",
    })
    EXPECT_NE(error_of(fields), "") << fields;
}

TEST(schema, bounds_the_nesting) {
  auto nested = [](int depth) {
    std::string fields = R"([{"name":"x","type":"STRING"}])";
    for (auto i = 1; i < depth; ++i)
      fields = R"([{"name":"r","type":"RECORD","fields":)" + fields + "}]";
    return fields;
  };
  EXPECT_EQ(error_of(nested(15)), "");
  EXPECT_NE(error_of(nested(16)), "");
}

TEST(schema, changes_in_place) {
  auto before = R"([{"name":"a","type":"STRING","mode":"REQUIRED"},
    {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]}])";
  struct {
    const char* after;
    const char* words; // contained; empty: possible
  } cases[] = {
    {R"([{"name":"a","type":"STRING"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"},
          {"name":"y","type":"DATE"}]},
         {"name":"b","type":"STRING","mode":"REPEATED"}])",
     ""},
    {R"([{"name":"a","type":"STRING","mode":"REQUIRED"}])",
     "Field r is missing in new schema"},
    {R"([{"name":"a","type":"INTEGER","mode":"REQUIRED"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]}])",
     "Field a has changed type from STRING to INTEGER"},
    {R"([{"name":"a","type":"STRING"},
         {"name":"r","type":"RECORD","mode":"REPEATED","fields":[
           {"name":"x","type":"INTEGER"}]}])",
     "Field r has changed mode from NULLABLE to REPEATED"},
    {R"([{"name":"a","type":"STRING"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"FLOAT"}]}])",
     "Field r.x has changed type from INTEGER to FLOAT"},
    {R"([{"name":"a","type":"STRING"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]},
         {"name":"b","type":"STRING","mode":"REQUIRED"}])",
     "Cannot add required fields"},
    {R"([{"name":"n","type":"STRING"},{"name":"a","type":"STRING"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]}])",
     "Precondition Failed"},
    // Rows are stored by the names as they are.
    {R"([{"name":"A","type":"STRING"},
         {"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]}])",
     "Precondition Failed: field a cannot be renamed to A"},
  };
  for (auto& x : cases) {
    auto words = compare_schemas(schema_of(before), schema_of(x.after));
    EXPECT_EQ(words.empty(), *x.words == '\0') << x.after << words;
    EXPECT_NE(words.find(x.words), std::string::npos) << words;
  }
}

TEST(schema, some_names_belong_to_the_service) {
  for (std::string name :
       {"_PARTITIONTIME", "_partitiondate", "_TABLE_SUFFIX", "_FILE_NAME",
        "__ROOT__x", "_ROW_TIMESTAMP", "_COLIDENTIFIER_1"}) {
    auto list = nlohmann::ordered_json::parse(R"([{"name":")" + name
                                              + R"(","type":"STRING"}])");
    auto read = read_schema(list);
    auto words = std::get_if<std::string>(&read);
    ASSERT_NE(words, nullptr) << name;
    EXPECT_NE(words->find("\"" + name + "\""), std::string::npos);
  }
  for (std::string name : {"_a", "partition", "_table", "_PART"}) {
    auto list = nlohmann::ordered_json::parse(R"([{"name":")" + name
                                              + R"(","type":"STRING"}])");
    EXPECT_TRUE(std::holds_alternative<columns>(read_schema(list))) << name;
  }
}

} // namespace
