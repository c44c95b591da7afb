#include "app/display_text.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(display_text, nothing_that_steers_a_terminal_is_printable) {
  struct row {
    std::string_view text;
    const char* shown;
  };
  const row table[] = {
    {"plain ~", "plain ~"},
    {"\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80",
     "\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80"},
    {"a\r\nb\tc", "a  b c"},
    {"\033[2J", "\xEF\xBF\xBD[2J"},
    {"\x7F", "\xEF\xBF\xBD"},
    {"\xC2\x9B"
     "2J",
     "\xEF\xBF\xBD"
     "2J"}, // CSI in one character
    {std::string_view{"a\0b", 3}, "a\xEF\xBF\xBD"
                                  "b"},
    {"\xFF"
     "a\xE4",
     "\xEF\xBF\xBD"
     "a\xEF\xBF\xBD"},
  };
  for (auto& [text, shown] : table)
    EXPECT_EQ(printable(text), shown);
}

TEST(display_text, wide_characters_take_two_columns) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xC3\xA4"), 1u);
  EXPECT_EQ(display_width("a\xCC\x88"), 1u); // a, then the dots above it
  EXPECT_EQ(display_width("\xE4\xB8\xAD"), 2u);
}

TEST(display_text, what_does_not_fit_ends_with_an_ellipsis) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "ab\xE2\x80\xA6");
  EXPECT_EQ(cut("abcd", 1), "\xE2\x80\xA6");
  EXPECT_EQ(cut("abcd", 0), "");
  EXPECT_EQ(cut("\xE4\xB8\xAD\xE4\xB8\xAD", 4), "\xE4\xB8\xAD\xE4\xB8\xAD");
  EXPECT_EQ(cut("\xE4\xB8\xAD\xE4\xB8\xAD", 3), "\xE4\xB8\xAD\xE2\x80\xA6");
  EXPECT_EQ(cut("\xE4\xB8\xAD\xE4\xB8\xAD", 2), "\xE2\x80\xA6");
}

} // namespace
