#include "app/insert_id.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(insert_id, is_taken_from_a_text_or_an_integer) {
  struct row {
    const char* json;
    const char* id;
  };
  const row table[] = {
    {R"({"id":"abc"})", "abc"},
    {R"({"a":{"id":"inner"},"id":"outer","b":[1,2]})", "outer"},
    {R"({"id":"\u00e4\"\\"})", "\xC3\xA4\"\\"},
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
  insert_id_reader uut{"id"};
  for (auto& [json, id] : table)
    EXPECT_EQ(uut.read(json), id) << json;
}

} // namespace
