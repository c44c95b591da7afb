#include "sandbox/field_mask.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

const char* const body
  = R"({"kind":"k","schema":{"fields":[{"name":"a","type":"STRING"},)"
    R"({"name":"b","type":"DATE"}]},"rows":[{"f":[{"v":"1"}]}],)"
    R"("totalRows":"1"})";

TEST(field_mask, lets_through_what_it_names) {
  struct {
    const char* mask;
    const char* out;
  } cases[] = {
    {"", body},
    {"*", body},
    {"kind", R"({"kind":"k"})"},
    {"totalRows,kind", R"({"kind":"k","totalRows":"1"})"},
    {"schema/fields/name",
     R"({"schema":{"fields":[{"name":"a"},{"name":"b"}]}})"},
    {"schema(fields(name)),totalRows",
     R"({"schema":{"fields":[{"name":"a"},{"name":"b"}]},"totalRows":"1"})"},
    {"schema/*/type",
     R"({"schema":{"fields":[{"type":"STRING"},{"type":"DATE"}]}})"},
    {"schema/nothing,schema/fields/name",
     R"({"schema":{"fields":[{"name":"a"},{"name":"b"}]}})"},
    {"kind/x", R"({"kind":"k"})"},
    // Not in this answer, but in others.
    {"nextPageToken,insertErrors", "{}"},
  };
  for (auto& x : cases) {
    reply answer;
    answer.body = body;
    field_mask{x.mask}.apply(answer);
    EXPECT_EQ(answer.body, x.out) << x.mask;
  }
}

TEST(field_mask, names_what_it_does_not_know) {
  struct {
    std::string mask;
    std::string what;
  } cases[] = {
    {"zz", "zz"},           {"kind,zz/a", "zz"},
    {"kind,", "kind,"},     {"schema(fields", "schema(fields"},
    {"schema)", "schema)"}, {"/kind", "/kind"},
    {"schema/", "schema/"},
  };
  for (auto& x : cases) {
    auto why = test::refused([&] { field_mask{x.mask}; });
    EXPECT_EQ(why.status, 400) << x.mask;
    EXPECT_EQ(why.message, "Invalid field selection " + x.what);
  }
  std::string deep;
  for (auto i = 0; i < 10'000; ++i)
    deep += "schema(";
  EXPECT_EQ(test::refused([&] { field_mask{deep}; }).status, 400);
}

TEST(field_mask, leaves_errors_alone) {
  auto answer = envelope(no_schema());
  auto before = answer.body;
  field_mask{"kind"}.apply(answer);
  EXPECT_EQ(answer.body, before);
}

TEST(field_mask, a_bad_one_has_no_effect) {
  test::endpoint e;
  e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  auto insert = [&](const char* mask) {
    return e.call("POST", "/projects/p/datasets/ds/tables/t/insertAll",
                  R"({"rows":[{"json":{"a":1}}]})", {{"fields", mask}});
  };
  EXPECT_EQ(insert("zz").status, 400);
  EXPECT_EQ(e.count(), 0u);
  EXPECT_EQ(insert("insertErrors").body, "{}");
  EXPECT_EQ(e.count(), 1u);
}

} // namespace
