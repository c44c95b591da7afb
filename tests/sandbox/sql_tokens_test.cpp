#include "sandbox/sql_tokens.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::sql;

/// Returns all tokens but the end, each as `KIND TEXT`.
std::string cut(std::string_view text) {
  constexpr const char* names[]
    = {"end", "word",  "name",      "string",   "bytes",
       "int", "float", "parameter", "question", "symbol"};
  std::string result;
  for (auto& x : tokenize(text))
    if (x.kind != token_kind::end)
      result += (result.empty() ? "" : "|")
                + std::string{names[static_cast<std::size_t>(x.kind)]} + " "
                + x.text;
  return result;
}

TEST(sql_tokens, kinds) {
  struct {
    const char* text;
    const char* tokens;
  } cases[] = {
    {"", ""},
    {"a.b", "word a|symbol .|word b"},
    {"ds.2026", "word ds|symbol .|word 2026"},
    {"1.5 .5 1. 1e3 2E-1 0xfF", "float 1.5|float .5|float 1.|float 1e3|"
                                "float 2E-1|int 0xfF"},
    {"`a.b`.c", "name a.b|symbol .|word c"},
    {"@p ? @_x", "parameter p|question ?|parameter _x"},
    {"'a' \"b\" '''c'd''' r'\\n' b'x' rB\"y\"",
     "string a|string b|string c'd|string \\n|bytes x|bytes y"},
    {R"('\x41\u00e4\t\'\101')", "string A\u00e4\t'A"},
    {"a<=b<>c!=d||e", "word a|symbol <=|word b|symbol <>|word c|symbol !=|"
                      "word d|symbol |||word e"},
    {"a -- b\n# c\n/* d\n */ e", "word a|word e"},
    {"r b rb", "word r|word b|word rb"},
  };
  for (auto& x : cases)
    EXPECT_EQ(cut(x.text), x.tokens) << x.text;
}

TEST(sql_tokens, places) {
  auto x = tokenize("a\n  '\u00e4' b.c");
  EXPECT_EQ(bqs::sandbox::sql::to_string(x[0].at), " at [1:1]");
  EXPECT_EQ(bqs::sandbox::sql::to_string(x[1].at), " at [2:3]");
  EXPECT_EQ(bqs::sandbox::sql::to_string(x[2].at), " at [2:7]");
  EXPECT_FALSE(x[2].glued);
  EXPECT_TRUE(x[3].glued);
  EXPECT_TRUE(x[4].glued);
}

TEST(sql_tokens, what_is_none) {
  struct {
    const char* text;
    const char* message;
  } cases[] = {
    {"'a", "Syntax error: Unclosed string literal at [1:1]"},
    {"'a\n'", "Syntax error: Unclosed string literal at [1:1]"},
    {"'''a'", "Syntax error: Unclosed triple-quoted string literal at [1:1]"},
    {"`a", "Syntax error: Unclosed identifier literal at [1:1]"},
    {"``", "Syntax error: Invalid empty identifier at [1:1]"},
    {"/* a", "Syntax error: Unclosed comment at [1:1]"},
    {"'\\z'", "Syntax error: Illegal escape sequence: \\z at [1:2]"},
    {"'\\ud800'", "Syntax error: Illegal escape sequence at [1:2]"},
    {"a $", "Syntax error: Illegal input character \"$\" at [1:3]"},
    {"@ a", "Syntax error: Unexpected \"@\" at [1:1]"},
  };
  for (auto& x : cases)
    EXPECT_EQ(bqs::sandbox::test::refused([&] { tokenize(x.text); }).message,
              x.message);
}

} // namespace
