#include "app/row_fields.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;
using kind = row_values::table_kind;

namespace {

TEST(row_fields, an_insert_id_is_a_text_or_an_integer) {
  struct row {
    const char* json;
    const char* id;
  };
  const row table[] = {
    {R"({"id":"abc"})", "abc"},
    {R"({"a":{"id":"inner"},"id":"outer","b":[1,2]})", "outer"},
    {R"({"id":"\u00e4\"\\"})", "\xC3\xA4\"\\"},
    {R"({"i\u0064":"abc"})", "abc"},
    {R"({"id":"first","id":"second"})", "first"},
    {R"({"id":42})", "42"},
    {R"({"id": -42 , "b":1})", "-42"},
    {R"({"id":123456789012345678901234567890})",
     "123456789012345678901234567890"},
    {R"({"id":""})", ""},
    {R"({"id":1.5})", ""},
    {R"({"id":1e3})", ""},
    {R"({"id":true})", ""},
    {R"({"id":null})", ""},
    {R"({"id":{"id":"x"}})", ""},
    {R"({"id":["x"]})", ""},
    {R"({"ID":"abc"})", ""},
    {R"({})", ""},
    {R"(["id"])", ""},
    {R"("id")", ""},
    {R"({"id":)", ""},
    {R"(not json)", ""},
    {"", ""},
  };
  row_fields uut{{}, "id"};
  for (auto& [json, id] : table)
    EXPECT_EQ(uut.read(json).insert_id, id) << json;
}

TEST(row_fields, a_table_is_a_text_or_nothing) {
  struct row {
    const char* json;
    kind what;
    const char* text;
  };
  const row table[] = {
    {R"({"t":"ds.a"})", kind::text, "ds.a"},
    {R"({"x":{"t":"no"},"t":"ds.a"})", kind::text, "ds.a"},
    {R"({"t":""})", kind::text, ""},
    {R"({"t":"ds.a",broken})", kind::text, "ds.a"},
    {R"({"t":null})", kind::none, ""},
    {R"({"x":1})", kind::none, ""},
    {R"({})", kind::none, ""},
    {R"({"t":1})", kind::other, ""},
    {R"({"t":["ds.a"]})", kind::other, ""},
    {R"(["t"])", kind::unreadable, ""},
    {R"({"x":1,)", kind::unreadable, ""},
    {R"({"t":"\ud800"})", kind::unreadable, ""},
    {"text", kind::unreadable, ""},
    {"", kind::unreadable, ""},
  };
  row_fields uut{"t", {}};
  for (auto& [json, what, text] : table) {
    auto result = uut.read(json);
    EXPECT_EQ(result.kind, what) << json;
    EXPECT_EQ(result.table, text) << json;
    EXPECT_EQ(result.insert_id, "") << json;
  }
}

TEST(row_fields, both_come_out_in_whatever_order) {
  row_fields uut{"t", "id"};
  for (auto json : {R"({"t":"ds.\u0061","a":[{}],"id":"x\ty"})",
                    R"({"id":"x\ty","t":"ds.\u0061"})"}) {
    auto result = uut.read(json);
    EXPECT_EQ(result.table, "ds.a");
    EXPECT_EQ(result.insert_id, "x\ty");
  }
  row_fields same{"t", "t"};
  auto result = same.read(R"({"t":"ds.a"})");
  EXPECT_EQ(result.table, "ds.a");
  EXPECT_EQ(result.insert_id, "ds.a");
}

} // namespace
