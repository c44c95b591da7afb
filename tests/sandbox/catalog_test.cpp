#include "sandbox/catalog.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::json;

table_entry make_entry(const std::string& table) {
  auto document
    = json::parse(R"({"schema":{"fields":[{"name":"a","type":"STRING"}]}})");
  auto schema = std::get<columns>(read_schema(document["schema"]["fields"]));
  return {"ds", table, document, schema, {}};
}

TEST(catalog, finds_what_was_put) {
  store rows{""};
  catalog all{rows};
  EXPECT_FALSE(all.find("ds"));
  all.put(dataset_entry{"ds", json::object()});
  all.put(make_entry("t"));
  EXPECT_TRUE(all.find("ds"));
  EXPECT_EQ(all.find("ds", "t")->rows_table, "ds.t");
  EXPECT_FALSE(all.find("ds", "T"));
  EXPECT_FALSE(all.find("no", "t"));
}

TEST(catalog, lists_by_name) {
  store rows{""};
  catalog all{rows};
  for (auto name : {"b", "a"})
    all.put(dataset_entry{name, json::object()});
  EXPECT_EQ(all.datasets()[0]->dataset, "a");
  EXPECT_TRUE(all.tables("a").empty());
}

TEST(catalog, an_entry_outlives_its_removal) {
  store rows{""};
  catalog all{rows};
  all.put(dataset_entry{"ds", json::object()});
  auto entry = all.put(make_entry("t"));
  all.remove("ds", "t");
  EXPECT_FALSE(all.find("ds", "t"));
  EXPECT_EQ(entry->schema.size(), 1u);
  all.put(make_entry("t"));
  all.remove("ds");
  EXPECT_FALSE(all.find("ds"));
  EXPECT_FALSE(all.find("ds", "t"));
}

TEST(catalog, is_read_back) {
  test::scratch_directory scratch;
  {
    store rows{scratch.path()};
    catalog all{rows};
    all.put(dataset_entry{"ds", json{{"location", "EU"}}});
    all.put(make_entry("t"));
  }
  store rows{scratch.path()};
  catalog all{rows};
  EXPECT_EQ(all.find("ds")->document["location"], "EU");
  EXPECT_EQ(all.find("ds", "t")->schema.find("a"), 0u);
}

TEST(catalog, what_is_stored_and_is_no_json_is_named_and_not_quoted) {
  for (auto text : {R"({"a":"topsecret)", "topsecret", R"("topsecret")"}) {
    store rows{""};
    rows.put_dataset("ds", text);
    try {
      catalog all{rows};
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& x) {
      EXPECT_STREQ(x.what(), "what is stored of ds is not a JSON object");
    }
  }
}

} // namespace
