#include "app/color.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(color, a_choice_is_one_of_three_words) {
  EXPECT_EQ(parse_color_choice("auto"), color_choice::automatic);
  EXPECT_EQ(parse_color_choice("always"), color_choice::always);
  EXPECT_EQ(parse_color_choice("never"), color_choice::never);
  for (auto bad : {"", "Auto", "yes", "always "})
    EXPECT_EQ(parse_color_choice(bad), std::nullopt) << bad;
}

TEST(color, a_choice_is_obeyed_and_no_color_counts_without_one) {
  struct row {
    color_choice wanted;
    bool terminal;
    const char* no_color;
    bool colored;
  };
  const row table[] = {
    {color_choice::automatic, true, nullptr, true},
    {color_choice::automatic, true, "", true},
    {color_choice::automatic, true, "1", false},
    {color_choice::automatic, true, "0", false},
    {color_choice::automatic, false, nullptr, false},
    {color_choice::always, false, "1", true},
    {color_choice::never, true, nullptr, false},
  };
  for (auto& x : table)
    EXPECT_EQ(wants_color(x.wanted, x.terminal, x.no_color), x.colored)
      << x.terminal << (x.no_color ? x.no_color : "not set");
}

TEST(color, what_is_painted_ends_plain) {
  EXPECT_EQ(paint("x", tone::bad), "\033[31mx\033[0m");
  EXPECT_EQ(paint("x", tone::plain), "x");
  EXPECT_EQ(paint("", tone::bad), "");
}

} // namespace
