#include "app/json_literal.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(json_literal, only_what_keeps_its_value_is_a_literal) {
  for (auto text :
       {"true", "false", "0", "-1", "42", "9223372036854775807",
        "-9223372036854775808", "0.1", "-0.5", "1e3", "1E+3", "2.5e-7", "0.0",
        "123456789012.345", "0.00000123456789012345", "1.7e308"})
    EXPECT_TRUE(is_plain_literal(text)) << text;
  for (auto text : {"",
                    "-",
                    "null",
                    "True",
                    "TRUE",
                    "nan",
                    "inf",
                    "Infinity",
                    "+1",
                    "01",
                    "-01",
                    ".5",
                    "5.",
                    "1e",
                    "1e+",
                    "0x10",
                    " 1",
                    "1 ",
                    "1,5",
                    "1_000",
                    "--1",
                    "1.2.3",
                    "-0",
                    "9223372036854775808",
                    "-9223372036854775809",
                    "0.1234567890123456",
                    "1e999",
                    "-1e999",
                    "1e-400",
                    "4.9e-324"})
    EXPECT_FALSE(is_plain_literal(text)) << text;
}

TEST(json_literal, texts_are_escaped) {
  std::string out = "x";
  append_json_string(out, "a\"b\\c\nd\x1F\xC3\xA4");
  EXPECT_EQ(out, "x\"a\\\"b\\\\c\\nd\\u001f\xC3\xA4\"");
  out.clear();
  append_json_string(out, "");
  EXPECT_EQ(out, "\"\"");
}

} // namespace
