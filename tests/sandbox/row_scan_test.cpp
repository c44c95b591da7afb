#include "sandbox/row_scan.hpp"

#include <random>

#include <gtest/gtest.h>

#include "sandbox/insert_request.hpp"
#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

/// Counts with a cut after every `step` bytes, the first after `first`.
row_scan::count count(std::string_view body, std::size_t first,
                      std::size_t step) {
  row_scan uut;
  uut.feed(body.substr(0, first));
  body.remove_prefix(std::min(first, body.size()));
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size())))
    uut.feed(body.substr(0, step));
  return uut.total();
}

row_scan::count count(std::string_view body) {
  return count(body, body.size(), 1);
}

/// Returns how many rows the endpoint finds that parses.
std::size_t parsed(const std::string& body) {
  auto text = test::read(body);
  return read_insert_request(text).rows.size();
}

void expect_as_parsed(const std::string& body) {
  auto rows = parsed(body);
  for (std::size_t step : {1, 2, 7, 63, 64, 65, 1000}) {
    auto found = count(body, 0, step);
    EXPECT_TRUE(found.whole) << body;
    EXPECT_EQ(found.rows, rows) << step << ": " << body;
    EXPECT_EQ(found.bytes, body.size());
  }
  for (std::size_t first = 0; first <= body.size(); ++first)
    ASSERT_EQ(count(body, first, body.size()).rows, rows) << first;
}

std::string in_row(const std::string& text) {
  return R"({"rows":[{"json":{"a":)" + text + R"(}},{"json":{}}]})";
}

TEST(row_scan_test, counts_what_is_parsed) {
  for (auto body : {
         R"({"rows":[]})",
         R"({"rows":[{}]})",
         R"({"rows":[{},{},{}]})",
         "  {\n \"rows\" : [ { } ,\r\n\t{ } ] }  \n",
         R"({"rows":null})",
         R"({})",
         R"({"skipInvalidRows":true,"rows":[{"json":{}}],"traceId":"[{"})",
         R"({"rows":[{"json":{}}],"rows":[{"json":{}},{"json":null}]})",
         R"({"r\u006fws":[{"insertId":"}]}"},{"insertId":17}]})",
       })
    expect_as_parsed(body);
}

TEST(row_scan_test, is_not_fooled_by_what_rows_hold) {
  for (auto text : {
         R"("},{")",
         R"("\"},{\"")",
         R"("\\")",
         R"("\\\"},{")",
         R"("\\\\")",
         R"("\u0022},{")",
         R"("]}{[")",
         R"([{},{},[{}]])",
         R"({"rows":[{"json":{}},{"json":{}}]})",
         R"([[[{"rows":[{}]}]]])",
         R"({"a\"":"b\\","[":"]","{":"}"})",
         "\"\x7f\xc3\xa4\xf0\x9f\x92\xa9[{\"",
       })
    expect_as_parsed(in_row(text));
}

TEST(row_scan_test, carries_escapes_over_blocks) {
  for (std::size_t n = 0; n < 140; ++n) {
    expect_as_parsed(in_row('"' + std::string(n, ' ') + R"(\"},{\\")"));
    expect_as_parsed(in_row('"' + std::string(2 * n, '\\') + '"'));
    expect_as_parsed(in_row('"' + std::string(2 * n + 1, '\\') + R"(",{")"));
  }
}

/// Appends a value that is as nasty as chance has it.
void append_value(std::mt19937& dice, int depth, std::string& out) {
  auto draw = [&](unsigned n) { return dice() % n; };
  constexpr std::string_view pieces[]
    = {"{", "}", "[", "]", "\\\"", "\\\\", ",", ":", "x", "\\u005c", "\\n"};
  auto append_string = [&] {
    out += '"';
    for (auto n = draw(40); n > 0; --n)
      out += pieces[draw(std::size(pieces))];
    out += '"';
  };
  auto kind = depth > 5 ? draw(2) : draw(4);
  if (kind == 0) {
    out += "-1.5e3";
  } else if (kind == 1) {
    append_string();
  } else {
    out += kind == 2 ? '[' : '{';
    for (auto n = draw(4), i = 0ul; i < n; ++i) {
      out += i == 0 ? "" : " , ";
      if (kind == 3) {
        append_string();
        out += ':';
      }
      append_value(dice, depth + 1, out);
    }
    out += kind == 2 ? ']' : '}';
  }
}

TEST(row_scan_test, counts_what_chance_makes) {
  std::mt19937 dice{7};
  for (auto i = 0; i < 300; ++i) {
    std::string body = R"({"rows":[)";
    for (auto n = dice() % 9, row = 0ul; row < n; ++row) {
      body += row == 0 ? R"({"json":{"a":)" : R"(,{"json":{"a":)";
      append_value(dice, 0, body);
      body += "}}";
    }
    body += R"(],"traceId":"\\\"{["})";
    auto rows = parsed(body);
    for (auto j = 0; j < 5; ++j) {
      auto found = count(body, dice() % 100, 1 + dice() % 200);
      EXPECT_TRUE(found.whole) << body;
      ASSERT_EQ(found.rows, rows) << body;
    }
  }
}

TEST(row_scan_test, sees_each_cut) {
  auto body = in_row(R"(["a\"b\\",{"x":[1]}])");
  for (std::size_t n = 0; n < body.size(); ++n)
    EXPECT_FALSE(count(body.substr(0, n)).whole) << n;
  EXPECT_TRUE(count(body).whole);
}

TEST(row_scan_test, wants_one_object) {
  EXPECT_FALSE(count("").whole);
  EXPECT_FALSE(count("17").whole);
  EXPECT_FALSE(count("[]").whole);
  EXPECT_FALSE(count("{}{}").whole);
  EXPECT_FALSE(count("{}}").whole);
  EXPECT_FALSE(count("}{").whole);
  EXPECT_FALSE(count(std::string(101, '{') + std::string(101, '}')).whole);
}

} // namespace
