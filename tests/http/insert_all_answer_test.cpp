#include "http/insert_all_answer.hpp"

#include <gtest/gtest.h>

#include "http/utf8.hpp"
#include "tests/http/peak_memory.hpp"

namespace bqs::http {

namespace {

std::string in_row(const std::string& members) {
  return R"({"insertErrors":[{)" + members + "}]}";
}

std::string in_error(const std::string& members) {
  return in_row(R"("index":0,"errors":[{)" + members + "}]");
}

} // namespace

TEST(insert_all_answer, reads_named_rows) {
  auto x = read_insert_all_answer(
    R"({"kind":"bigquery#tableDataInsertAllResponse","insertErrors":[)"
    R"({"index":1,"errors":[{"reason":"invalid","location":"name",)"
    R"("debugInfo":"","message":"no such field: name."},{"reason":"x"}]},)"
    R"({"errors":[{"reason":"stopped","location":"","message":""}],)"
    R"("index":"0"},{"index":7,"errors":[]},{"index":8}]})");
  ASSERT_TRUE(x.readable);
  EXPECT_FALSE(x.error);
  ASSERT_EQ(x.insert_errors.size(), 5u);
  EXPECT_EQ(x.insert_errors[0].index, 1u);
  EXPECT_EQ(x.insert_errors[0].error.reason, "invalid");
  EXPECT_EQ(x.insert_errors[0].error.message, "no such field: name.");
  EXPECT_EQ(x.insert_errors[0].error.location, "name");
  EXPECT_EQ(x.insert_errors[1].index, 1u);
  EXPECT_EQ(x.insert_errors[1].error.reason, "x");
  EXPECT_EQ(x.insert_errors[2].index, 0u);
  EXPECT_EQ(x.insert_errors[2].error.reason, "stopped");
  EXPECT_EQ(x.insert_errors[3].index, 7u);
  EXPECT_EQ(x.insert_errors[3].error.reason, "");
  EXPECT_EQ(x.insert_errors[4].index, 8u);
}

TEST(insert_all_answer, reads_an_envelope) {
  struct {
    std::string body;
    service_error want;
  } cases[] = {
    {R"({"error":{"code":401,"message":"long","errors":[{"message":"short",)"
     R"("domain":"global","reason":"authError","location":"Authorization",)"
     R"("locationType":"header"},{"reason":"other","message":"m",)"
     R"("location":"l"}],"status":"UNAUTHENTICATED"}})",
     {"authError", "long", "Authorization"}},
    {R"({"error":{"errors":[{"message":"short","reason":"invalid"}]}})",
     {"invalid", "short", ""}},
    {R"({"error":{"status":"NOT_FOUND","message":"m"}})",
     {"NOT_FOUND", "m", ""}},
    {R"({"error":{"details":[{"reason":"no","errors":[{"reason":"no"}]}]}})",
     {"", "", ""}},
    // Of the wrong types, but read as far as it goes.
    {R"({"error":{"errors":[{"message":5,"reason":"invalid"}]}})",
     {"invalid", "", ""}},
    {R"({"error":{"errors":{"reason":"no"},"message":"m"}})", {"", "m", ""}},
    {R"({"error":{"errors":[{"reason":"invalid"}],"mess)", {"invalid", "", ""}},
  };
  for (const auto& x : cases) {
    auto error = read_insert_all_answer(x.body).error;
    ASSERT_TRUE(error) << x.body;
    EXPECT_EQ(error->reason, x.want.reason) << x.body;
    EXPECT_EQ(error->message, x.want.message) << x.body;
    EXPECT_EQ(error->location, x.want.location) << x.body;
  }
}

TEST(insert_all_answer, knows_what_can_be_read) {
  struct {
    std::string body;
    bool want;
  } cases[] = {
    {"{}", true},
    {" {} ", true},
    {R"({"insertErrors":[]})", true},
    {R"({"insertErrors":null})", true},
    {R"({"error":null})", true},
    {R"({"x":[{"insertErrors":5,"index":-1}],"errors":7})", true},
    {in_row(R"("index":0)"), true},
    {in_row(R"("index":4294967295)"), true},
    {in_row(R"("index":"12")"), true},
    {in_row(R"("index":3,"index":3)"), true},
    {in_row(R"("index":0,"errors":null)"), true},
    {in_row(R"("index":0,"x":{"index":true,"errors":5})"), true},
    {in_error(R"("reason":null,"message":null,"debugInfo":5)"), true},
    {"", false},
    {" ", false},
    {"[]", false},
    {"null", false},
    {"1", false},
    {R"("x")", false},
    {"true", false},
    {"{", false},
    {"{}x", false},
    {"{}{}", false},
    {{"{}\0", 3}, false},
    {"<html></html>", false},
    {R"({"insertErrors":{}})", false},
    {R"({"insertErrors":5})", false},
    {R"({"insertErrors":"x"})", false},
    {R"({"insertErrors":[)", false},
    {R"({"insertErrors":[5]})", false},
    {R"({"insertErrors":[null]})", false},
    {R"({"insertErrors":[[]]})", false},
    {in_row(""), false},
    {in_row(R"("index":null)"), false},
    {in_row(R"("index":-1)"), false},
    {in_row(R"("index":1.0)"), false},
    {in_row(R"("index":1e999)"), false},
    {in_row(R"("index":4294967296)"), false},
    {in_row(R"("index":99999999999999999999999)"), false},
    {in_row(R"("index":true)"), false},
    {in_row(R"("index":[0])"), false},
    {in_row(R"("index":{})"), false},
    {in_row(R"("index":"")"), false},
    {in_row(R"("index":"x")"), false},
    {in_row(R"("index":"-1")"), false},
    {in_row(R"("index":" 1")"), false},
    {in_row(R"("index":"1x")"), false},
    {in_row(R"("index":"4294967296")"), false},
    {in_row(R"("index":1,"index":2)"), false},
    {in_row(R"("index":0,"errors":{})"), false},
    {in_row(R"("index":0,"errors":"x")"), false},
    {in_row(R"("index":0,"errors":["x"])"), false},
    {in_row(R"("index":0,"errors":[null])"), false},
    {in_error(R"("reason":5)"), false},
    {in_error(R"("reason":["invalid"])"), false},
    {in_error(R"("message":{})"), false},
    {in_error(R"("location":true)"), false},
    {R"({"error":"x"})", false},
    {R"({"error":[]})", false},
  };
  for (const auto& x : cases)
    EXPECT_EQ(read_insert_all_answer(x.body).readable, x.want) << x.body;
}

TEST(insert_all_answer, bounds_the_words_of_the_service) {
  auto error = R"({"reason":")" + std::string(1000, 'r') + R"(","message":")"
               + std::string(10'000, 'm') + R"(","location":")"
               + std::string(5000, 'l') + R"("})";
  auto x = read_insert_all_answer(R"({"insertErrors":[{"index":0,"errors":[)"
                                  + error + "]}]}");
  ASSERT_TRUE(x.readable);
  ASSERT_EQ(x.insert_errors.size(), 1u);
  EXPECT_EQ(x.insert_errors[0].error.reason, std::string(max_reason, 'r'));
  EXPECT_EQ(x.insert_errors[0].error.message, std::string(max_message, 'm'));
  EXPECT_EQ(x.insert_errors[0].error.location, std::string(max_location, 'l'));
}

TEST(insert_all_answer, keeps_one_error_of_a_row_for_each_change_of_reason) {
  auto x = read_insert_all_answer(
    in_row(R"("index":4,"errors":[{"reason":"a","message":"1"},)"
           R"({"reason":"a","message":"2"},{"reason":"b","message":"3"},)"
           R"({"reason":"a","message":"4"},{},{}])"));
  ASSERT_TRUE(x.readable);
  ASSERT_EQ(x.insert_errors.size(), 4u);
  EXPECT_EQ(x.insert_errors[0].error.message, "1");
  EXPECT_EQ(x.insert_errors[1].error.message, "3");
  EXPECT_EQ(x.insert_errors[2].error.message, "4");
  EXPECT_EQ(x.insert_errors[3].error.reason, "");
  for (const auto& error : x.insert_errors)
    EXPECT_EQ(error.index, 4u);
}

TEST(insert_all_answer, a_flood_costs_a_small_multiple_of_itself) {
  auto repeated = [](const std::string& text, const std::string& last) {
    std::string result;
    while (result.size() < 16u << 20)
      result += text;
    return result + last;
  };
  struct {
    std::string body;
    bool readable;
  } cases[] = {
    {in_row(R"("index":0,"errors":[)" + repeated("{},", "{}") + "]"), true},
    {in_row(R"("index":0,"errors":[)"
            + repeated(R"({"reason":"a"},{"reason":"b"},)", "{}") + "]"),
     false},
    {R"({"insertErrors":[)" + repeated(R"({"index":0},)", R"({"index":0}]})"),
     false},
    {R"({"insertErrors":[)" + repeated("[],", "[]]}"), false},
    {R"({"error":{"errors":[)" + repeated("{},", "{}]}}"), true},
    {in_row(R"("index":0,)" + repeated(R"("index":0,)", R"("index":0)")), true},
    {in_error(repeated(R"("reason":"x",)", R"("reason":"x")")), true},
    {"{" + repeated(R"("insertErrors":[],)", R"("insertErrors":[]})"), true},
    {in_error(R"("message":")" + repeated("x", "\"")), true},
    {in_error(R"("message":")" + repeated("\xFF", "\"")), true},
  };
  for (const auto& x : cases) {
    auto name = x.body.substr(0, 60);
    auto grown = test::growth_during([&] {
      auto result = read_insert_all_answer(x.body);
      EXPECT_EQ(result.readable, x.readable) << name;
      EXPECT_LE(result.insert_errors.size(), max_errors + 1) << name;
    });
    if (grown) {
      EXPECT_LT(*grown, 16 * x.body.size()) << name;
    }
  }
}

TEST(insert_all_answer, reads_as_many_errors_as_a_request_can_have) {
  std::string rows;
  for (auto i = 0; i < 50'000; ++i)
    rows += (i > 0 ? ",{\"index\":" : "{\"index\":") + std::to_string(i)
            + R"(,"errors":[{"reason":"a"},{"reason":"b"},{"reason":"c"},)"
            + R"({"reason":"d"}]})";
  auto x = read_insert_all_answer(R"({"insertErrors":[)" + rows + "]}");
  EXPECT_TRUE(x.readable);
  EXPECT_EQ(x.insert_errors.size(), max_errors);
}

TEST(insert_all_answer, repairs_what_is_not_utf8) {
  auto x = read_insert_all_answer(in_error("\"message\":\"caf\xE9 \xC3\xA9\""));
  ASSERT_TRUE(x.readable);
  EXPECT_EQ(x.insert_errors[0].error.message, "caf\xEF\xBF\xBD \xC3\xA9");
  EXPECT_FALSE(read_insert_all_answer("{}\xFF").readable);
  // Half a pair of escapes is no character either.
  EXPECT_FALSE(
    read_insert_all_answer(in_error(R"("message":"\ud800")")).readable);
}

TEST(insert_all_answer, is_not_impressed_by_depth) {
  auto nest
    = [](std::size_t n, const std::string& open, const std::string& close) {
        std::string result = R"({"x":)";
        for (std::size_t i = 0; i < n; ++i)
          result += open;
        result += "1";
        for (std::size_t i = 0; i < n; ++i)
          result += close;
        return result + "}";
      };
  EXPECT_TRUE(read_insert_all_answer(nest(63, "[", "]")).readable);
  EXPECT_FALSE(read_insert_all_answer(nest(64, "[", "]")).readable);
  EXPECT_FALSE(read_insert_all_answer(nest(1'000'000, "[", "]")).readable);
  EXPECT_FALSE(
    read_insert_all_answer(nest(1'000'000, R"({"error":)", "}")).readable);
  EXPECT_FALSE(read_insert_all_answer(std::string(5'000'000, '[')).readable);
}

} // namespace bqs::http
