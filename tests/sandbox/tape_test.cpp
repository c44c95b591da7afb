#include "sandbox/tape.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::read;

TEST(tape, keeps_the_kind_and_the_text_of_scalars) {
  struct {
    const char* json;
    json_kind kind;
    const char* text;
  } cases[] = {
    {"null", json_kind::null, "null"},
    {"true", json_kind::yes, "true"},
    {"false", json_kind::no, "false"},
    {"\"a\\u00e9\"", json_kind::string, "a\u00e9"},
    {"\"\"", json_kind::string, ""},
    {"-5", json_kind::integer, "-5"},
    {"18446744073709551615", json_kind::integer, "18446744073709551615"},
    {"123456789012345678901234567890", json_kind::integer,
     "123456789012345678901234567890"},
    {"1.10", json_kind::decimal, "1.10"},
    {"1e3", json_kind::decimal, "1e3"},
  };
  for (auto& x : cases) {
    auto t = read(x.json);
    EXPECT_EQ(t.root().kind(), x.kind) << x.json;
    EXPECT_EQ(t.root().text(), x.text) << x.json;
  }
}

TEST(tape, walks_members_and_elements) {
  auto t = read(R"({"a":[1,[2,3],{}],"b":{"c":{"d":4}},"e":5})");
  std::string names;
  t.root().each_member(
    [&](std::string_view name, tape::view) { names += name; });
  EXPECT_EQ(names, "abe");
  auto elements = 0;
  t.root().find("a")->each_element([&](tape::view) { ++elements; });
  EXPECT_EQ(elements, 3);
  EXPECT_EQ(t.root().find("b")->find("c")->find("d")->text(), "4");
  EXPECT_FALSE(t.root().find("z"));
  EXPECT_FALSE(t.root().find("e")->find("e"));
}

TEST(tape, finds_the_last_of_equal_names) {
  EXPECT_EQ(read(R"({"a":1,"a":2})").root().find("a")->text(), "2");
}

TEST(tape, takes_numbers_that_no_double_can_hold) {
  auto parsed = tape::parse(R"([1e999,-1e400,"a\"1e999",1,1e-400])", 8);
  ASSERT_TRUE(std::holds_alternative<tape>(parsed));
  std::vector<std::string> texts;
  std::get<tape>(parsed).root().each_element(
    [&](tape::view x) { texts.emplace_back(x.text()); });
  EXPECT_EQ(texts, (std::vector<std::string>{"1e999", "-1e400", "a\"1e999", "1",
                                             "1e-400"}));
}

TEST(tape, refuses_what_is_not_json) {
  for (auto text :
       {"", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "\"\xff\"", "01", "{a:1}",
        "\"\\ud800\"", "1e999e1", "01e999", "[1e999,1.e999]",
        "[1e999,{1e999 :1}]", "[1e999,1e999:1]", "-e999", "1e999."})
    EXPECT_TRUE(std::holds_alternative<std::string>(tape::parse(text, 100)))
      << text;
}

TEST(tape, a_nul_is_no_end) {
  using namespace std::literals;
  for (auto text : {"{}\0"sv, "{}\0{}"sv, "\0{}"sv, "[1,\0]"sv, "\"\0\""sv})
    EXPECT_TRUE(std::holds_alternative<std::string>(tape::parse(text, 100)));
  EXPECT_EQ(std::get<std::string>(tape::parse("{} \0"sv, 100)),
            "Unexpected token at byte 4.");
}

TEST(tape, takes_white_space_around) {
  EXPECT_EQ(read(" \n{\"a\":1}\n").root().find("a")->text(), "1");
}

TEST(tape, bounds_the_depth) {
  auto nested
    = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(std::holds_alternative<tape>(tape::parse(nested(100), 100)));
  EXPECT_FALSE(std::holds_alternative<tape>(tape::parse(nested(101), 100)));
  EXPECT_FALSE(
    std::holds_alternative<tape>(tape::parse(nested(5'000'000), 100)));
}

} // namespace
