#include "app/json_literal.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace bqs::app {

namespace {

/// Any decimal of this many digits survives a double.
constexpr std::size_t safe_digits = 15;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// A JSON number, taken apart.
struct number_parts {
  std::string_view whole;
  std::string_view fraction;
  bool has_fraction = false;
  bool has_exponent = false;
};

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n]))
    ++n;
  auto result = text.substr(0, n);
  text.remove_prefix(n);
  return result;
}

/// Follows the grammar of RFC 8259.
bool split(std::string_view text, number_parts& parts) noexcept {
  if (text.starts_with('-'))
    text.remove_prefix(1);
  parts.whole = take_digits(text);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0'))
    return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.has_fraction = true;
    parts.fraction = take_digits(text);
    if (parts.fraction.empty())
      return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    parts.has_exponent = true;
    if (text.starts_with('+') || text.starts_with('-'))
      text.remove_prefix(1);
    if (take_digits(text).empty())
      return false;
  }
  return text.empty();
}

bool is_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  auto [end, code]
    = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && text != "-0";
}

/// Digits that count: those from the first that is not 0 on.
std::size_t significant_digits(const number_parts& x) noexcept {
  if (x.whole != "0")
    return x.whole.size() + x.fraction.size();
  auto first = x.fraction.find_first_not_of('0');
  return first == std::string_view::npos ? 0 : x.fraction.size() - first;
}

bool is_number(std::string_view text) noexcept {
  number_parts parts;
  if (!split(text, parts))
    return false;
  if (!parts.has_fraction && !parts.has_exponent)
    return is_integer(text);
  double value = 0;
  auto [end, code]
    = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && (value == 0.0 || std::isnormal(value))
         && significant_digits(parts) <= safe_digits;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto is_ordinary = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
  };
  out += '"';
  while (!text.empty()) {
    std::size_t n = 0;
    while (n < text.size() && is_ordinary(text[n]))
      ++n;
    out.append(text.substr(0, n));
    text.remove_prefix(n);
    if (text.empty())
      break;
    auto c = text.front();
    text.remove_prefix(1);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  out += '"';
}

bool is_plain_literal(std::string_view text) noexcept {
  return text == "true" || text == "false" || is_number(text);
}

} // namespace bqs::app
