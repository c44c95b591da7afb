#include "app/color.hpp"

namespace bqs::app {

namespace {

/// Of the sixteen colours that every terminal has, and that its owner chose.
const char* code_of(tone look) {
  switch (look) {
    case tone::plain:
      return "";
    case tone::heading:
      return "1";
    case tone::dim:
      return "2";
    case tone::good:
      return "32";
    case tone::warning:
      return "33";
    case tone::bad:
      return "31";
  }
  return "";
}

} // namespace

std::optional<color_choice> parse_color_choice(std::string_view text) {
  if (text == "auto")
    return color_choice::automatic;
  if (text == "always")
    return color_choice::always;
  if (text == "never")
    return color_choice::never;
  return std::nullopt;
}

bool wants_color(color_choice wanted, bool terminal, const char* no_color) {
  if (wanted != color_choice::automatic)
    return wanted == color_choice::always;
  return terminal && (no_color == nullptr || *no_color == '\0');
}

std::string paint(const std::string& text, tone look) {
  if (look == tone::plain || text.empty())
    return text;
  return std::string{"\033["} + code_of(look) + "m" + text + "\033[0m";
}

} // namespace bqs::app
