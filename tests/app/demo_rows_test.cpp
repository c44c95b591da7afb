#include "app/demo_rows.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace bqs::app;
using nlohmann::json;

namespace {

TEST(demo_rows, a_package_has_the_fields_of_its_table) {
  package x;
  x.name = "a";
  x.version = "1";
  x.installed_size = 7;
  x.maintainer = "not UTF-8: \xE4";
  x.description = "two\nlines";
  auto row = json::parse(package_row(x));
  auto fields = json::parse(packages_schema());
  EXPECT_EQ(row.size(), fields.size());
  for (auto& field : fields)
    EXPECT_TRUE(row.contains(field.at("name"))) << field;
  EXPECT_EQ(row.at("installed_kib"), 7);
  EXPECT_EQ(row.at("description"), "two\nlines");
}

TEST(demo_rows, each_dependency_is_a_row) {
  package x;
  x.name = "a";
  x.depends = {"b", "c"};
  auto rows = dependency_rows(x);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1], R"({"package":"a","needs":"c"})");
  EXPECT_EQ(json::parse(dependencies_schema()).size(), 2u);
}

TEST(demo_rows, broken_rows_are_broken_in_different_ways) {
  EXPECT_EQ(broken_rows().size(), 5u);
  auto objects = 0;
  for (auto& x : broken_rows())
    if (json::accept(x.json) && json::parse(x.json).is_object())
      ++objects;
  EXPECT_EQ(objects, 3);
}

} // namespace
