#include "http/utf8.hpp"

#include <gtest/gtest.h>

namespace bqs::http {

namespace {

std::size_t length(std::string_view x) {
  return utf8_length(x.data(), x.data() + x.size());
}

} // namespace

TEST(utf8, knows_the_length_of_a_sequence) {
  struct {
    std::string_view text;
    std::size_t want;
  } cases[] = {
    {"a", 1},
    {{"\0", 1}, 1},
    {"\x7F", 1},
    {"\x80", 0},
    {"\xC1\xBF", 0},
    {"\xC2\x80", 2},
    {"\xC2", 0},
    {"\xC2\x7F", 0},
    {"\xE0\x9F\xBF", 0},
    {"\xE0\xA0\x80", 3},
    {"\xED\x9F\xBF", 3},
    {"\xED\xA0\x80", 0},
    {"\xEE\x80\x80", 3},
    {"\xE2\x82", 0},
    {"\xE2\x82x", 0},
    {"\xF0\x8F\xBF\xBF", 0},
    {"\xF0\x90\x80\x80", 4},
    {"\xF4\x8F\xBF\xBF", 4},
    {"\xF4\x90\x80\x80", 0},
    {"\xF0\x90\x80", 0},
    {"\xF5\x80\x80\x80", 0},
    {"\xFF", 0},
  };
  for (const auto& x : cases)
    EXPECT_EQ(length(x.text), x.want) << testing::PrintToString(x.text);
}

TEST(utf8, repairs_a_text) {
  EXPECT_EQ(to_utf8(""), "");
  EXPECT_EQ(to_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(to_utf8("caf\xE9!"), "caf\xEF\xBF\xBD!");
  EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_TRUE(is_utf8("caf\xC3\xA9"));
  EXPECT_FALSE(is_utf8("caf\xE9"));
}

TEST(utf8, cuts_between_characters) {
  std::string_view text = "a\xC3\xA9\xE2\x82\xAC";
  EXPECT_EQ(to_utf8(text, 0), "");
  EXPECT_EQ(to_utf8(text, 1), "a");
  EXPECT_EQ(to_utf8(text, 2), "a");
  EXPECT_EQ(to_utf8(text, 3), "a\xC3\xA9");
  EXPECT_EQ(to_utf8(text, 5), "a\xC3\xA9");
  EXPECT_EQ(to_utf8(text, 6), text);
  EXPECT_EQ(to_utf8("ab\xFF", 4), "ab");
}

} // namespace bqs::http
