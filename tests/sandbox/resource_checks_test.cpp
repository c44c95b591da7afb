#include "sandbox/resource_checks.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::json;
using test::refused;

refusal checked(const char* body) {
  return refused([&] { check_members(json::parse(body), "table"); });
}

refusal referred(const char* body, const table_name& at) {
  return refused(
    [&] { check_reference(json::parse(body), "tableReference", at); });
}

TEST(resource_checks, members_have_their_types) {
  for (auto good : {R"({})", R"({"labels":{}})", R"({"labels":null})",
                    R"({"labels":{"a":"b","c":null}})", R"({"access":[]})",
                    R"({"location":"EU","whatever":5})"})
    EXPECT_EQ(checked(good).status, 0) << good;
  for (auto bad :
       {R"({"labels":5})", R"({"labels":"x"})", R"({"labels":[]})",
        R"({"labels":{"a":1}})", R"({"access":{}})", R"({"location":5})",
        R"({"description":[]})", R"({"friendlyName":true})"})
    EXPECT_EQ(checked(bad).status, 400) << bad;
  EXPECT_EQ(checked(R"({"labels":{"a":1}})").message,
            "Invalid JSON payload received. Invalid value at "
            "'table.labels[a]' (TYPE_STRING)");
}

TEST(resource_checks, references_agree_with_the_path) {
  table_name at{"p", "d", "t"};
  auto whole
    = R"({"tableReference":{"projectId":"p","datasetId":"d","tableId":"t"}})";
  EXPECT_EQ(referred(whole, at).status, 0);
  EXPECT_EQ(referred(whole, {"p", "d", ""}).status, 0);
  EXPECT_EQ(referred("{}", at).status, 0);
  EXPECT_EQ(referred(R"({"tableReference":null})", at).status, 0);
  EXPECT_EQ(referred(whole, {"q", "d", "t"}).status, 400);
  EXPECT_EQ(referred(whole, {"p", "e", "t"}).status, 400);
  EXPECT_EQ(referred(whole, {"p", "d", "u"}).status, 400);
  EXPECT_EQ(
    referred(R"({"tableReference":{"projectId":5,"tableId":"t"}})", at).status,
    400);
  EXPECT_EQ(referred(R"({"tableReference":"p:d.t"})", at).status, 400);
}

TEST(resource_checks, a_project_may_be_named_by_its_number) {
  json body{{"tableReference", {{"projectId", project_number("p")}}}};
  EXPECT_EQ(refused([&] {
              check_reference(body, "tableReference", {"p", "d", "t"});
            }).status,
            0);
}

TEST(resource_checks, views_and_external_tables_are_no_tables) {
  for (auto name : {"view", "externalDataConfiguration"}) {
    auto why = refused([&] {
      check_is_plain_table(json{{name, json::object()}});
    });
    EXPECT_EQ(why.status, 501);
    EXPECT_NE(why.message.find(name), std::string::npos);
  }
  check_is_plain_table(json{{"view", nullptr}});
}

} // namespace
