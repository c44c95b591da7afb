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
    {"PUT", "/projects/p/datasets/d", "datasets.update"},
    {"GET", "/projects", "projects.list"},
    {"DELETE", "/projects/p/datasets/d", "datasets.delete"},
    {"POST", "/projects/p/datasets/d/tables", "tables.insert"},
    {"GET", "/projects/p/datasets/d/tables", "tables.list"},
    {"GET", "/projects/p/datasets/d/tables/t", "tables.get"},
    {"PATCH", "/projects/p/datasets/d/tables/t", "tables.patch"},
    {"PUT", "/projects/p/datasets/d/tables/t", "tables.update"},
    {"DELETE", "/projects/p/datasets/d/tables/t", "tables.delete"},
    {"POST", "/projects/p/datasets/d/tables/t/insertAll",
     "tabledata.insertAll"},
    {"GET", "/projects/p/datasets/d/tables/t/data", "tabledata.list"},
    {"POST", "/projects/p/queries", "jobs.query"},
    {"GET", "/projects/p/queries/j", "jobs.getQueryResults"},
    {"POST", "/projects/p/jobs", "jobs.insert"},
    {"GET", "/projects/p/jobs", "jobs.list"},
    {"GET", "/projects/p/jobs/j", "jobs.get"},
    {"POST", "/projects/p/jobs/j/cancel", "jobs.cancel"},
    {"GET", "/sandbox/ledger", "ledger.get"},
    {"POST", "/token", "tokens.grant"},
    {"POST", "/oauth2/v4/token", "tokens.grant"},
    {"POST", "/v1/projects/-/serviceAccounts/e@p:generateAccessToken",
     "tokens.impersonate"},
    {"GET", "/computeMetadata/v1/instance/service-accounts/default/token",
     "tokens.metadata"},
    {"GET", "/computeMetadata/v1/project/project-id", "tokens.metadata"},
    {"DELETE", "/sandbox/tokens", "tokens.revoke"},
    {"POST", "/sandbox/credentials", "credentials.add"},
  };
  for (auto& x : cases)
    for (std::string prefix : {"", "/bigquery/v2"}) {
      if (!prefix.empty() && !std::string{x.path}.starts_with("/projects"))
        continue; // the sandbox's own, and other services' routes
      auto found = find_route(x.verb, prefix + x.path);
      ASSERT_TRUE(found) << x.verb << prefix << x.path;
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

TEST(routes, only_methods_of_the_service_have_the_prefix) {
  for (auto path : {"/bigquery/v2/", "/bigquery/v2/sandbox/ledger",
                    "/bigquery/v2/computeMetadata/v1/instance"})
    EXPECT_FALSE(find_route("GET", path)) << path;
  EXPECT_TRUE(find_route("GET", "/"));
  EXPECT_TRUE(find_route("GET", "/bigquery/v2/projects"));
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
