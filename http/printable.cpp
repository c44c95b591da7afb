#include "http/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "http/utf8.hpp"

namespace bqs::http {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Most texts hold nothing else.
bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F;
}

bool is_space(char32_t x) {
  return x == '\t' || x == '\n' || x == '\r';
}

/// What does more than stand there.
bool is_unfit(char32_t x) {
  return x < 0x20 || (x >= 0x7F && x < 0xA0) // controls
         || x == 0x2028 || x == 0x2029       // separators
         || x == 0x061C                      // of direction, these and below
         || x == 0x200E || x == 0x200F || (x >= 0x202A && x <= 0x202E)
         || (x >= 0x2066 && x <= 0x2069);
}

/// @param x one character of UTF-8.
char32_t code_point(std::string_view x) {
  auto lead = static_cast<unsigned char>(x[0]);
  if (x.size() == 1)
    return lead;
  char32_t result = lead & (0x7Fu >> x.size());
  for (auto c : x.substr(1))
    result = result << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return result;
}

/// @param x below U+10000, as all that is unfit.
std::string escape(char32_t x) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(x));
  return text.data();
}

/// @param instead of a character that is unfit.
template <class Instead>
std::string filter(std::string_view text, std::size_t max_bytes,
                   Instead instead) {
  if (std::all_of(text.begin(), text.end(), is_plain))
    return std::string{text.substr(0, max_bytes)};
  std::string result;
  result.reserve(std::min(text.size(), max_bytes));
  while (!text.empty()) {
    auto length = utf8_length(text.data(), text.data() + text.size());
    auto piece = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(piece.size());
    auto x = length > 0 ? code_point(piece) : 0;
    std::string other;
    if (length == 0)
      piece = replacement;
    else if (is_space(x))
      piece = " ";
    else if (is_unfit(x))
      piece = other = instead(x);
    if (piece.size() > max_bytes - result.size())
      break;
    result += piece;
  }
  return result;
}

} // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  return filter(text, max_bytes,
                [](char32_t) { return std::string{replacement}; });
}

std::string printable_json(std::string_view json) {
  return filter(json, std::string::npos, escape);
}

} // namespace bqs::http
