#include "sandbox/routes.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(routes, are_found_with_and_without_prefix) {
  struct {
    const char* verb;
    const char* path;
    const char* method;
  } cases[] = {
    {"POST", "/projects/p/datasets", "datasets.insert"},
    {"GET", "/projects/p/datasets", "datasets.list"},
    {"GET", "/projects/p/datasets/d", "datasets.get"},
    {"PATCH", "/projects/p/datasets/d", "datasets.patch"},
    {"PUT", "/projects/p/datasets/d", "datasets.patch"},
    {"DELETE", "/projects/p/datasets/d", "datasets.delete"},
    {"POST", "/projects/p/datasets/d/tables", "tables.insert"},
    {"GET", "/projects/p/datasets/d/tables", "tables.list"},
    {"GET", "/projects/p/datasets/d/tables/t", "tables.get"},
    {"PATCH", "/projects/p/datasets/d/tables/t", "tables.patch"},
    {"DELETE", "/projects/p/datasets/d/tables/t", "tables.delete"},
    {"POST", "/projects/p/datasets/d/tables/t/insertAll",
     "tabledata.insertAll"},
    {"GET", "/projects/p/datasets/d/tables/t/data", "tabledata.list"},
    {"GET", "/sandbox/ledger", "ledger.get"},
  };
  for (auto& x : cases)
    for (auto prefix : {"", "/bigquery/v2"}) {
      auto found = find_route(x.verb, prefix + std::string{x.path});
      ASSERT_TRUE(found) << x.verb << x.path;
      EXPECT_EQ(to_string(found->method), x.method);
    }
}

TEST(routes, name_what_is_in_the_path) {
  auto found = find_route(
    "POST", "/bigquery/v2/projects/p/datasets/d/tables/t$20260101/insertAll");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at.project, "p");
  EXPECT_EQ(found->at.dataset, "d");
  EXPECT_EQ(found->at.table, "t$20260101");
}

TEST(routes, are_not_guessed) {
  for (auto path : {"", "/", "projects/p/datasets", "/projects",
                    "/projects/p/datasets/d/tables/t/insertAll/x",
                    "/projects/p/datasets/d/tables/t/insertall",
                    "/bigquery/v3/projects/p/datasets"})
    EXPECT_FALSE(find_route("POST", path)) << path;
  EXPECT_FALSE(find_route("GET", "/projects/p/datasets/d/tables/t/insertAll"));
}

TEST(routes, patterns_of_faults) {
  for (auto good : {"*", "insertAll", "tabledata.insertAll", "tables.get"})
    EXPECT_TRUE(is_method_pattern(good)) << good;
  for (auto bad : {"", "insert", "get", "ledger.get"})
    EXPECT_FALSE(is_method_pattern(bad)) << bad;
  EXPECT_TRUE(matches("insertAll", api_method::insert_all));
  EXPECT_FALSE(matches("insertAll", api_method::tables_get));
  EXPECT_TRUE(matches("*", api_method::tables_get));
}

} // namespace
