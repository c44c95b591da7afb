#include "app/display_text.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

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
