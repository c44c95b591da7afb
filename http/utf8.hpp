#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bqs::http {

/// Returns the length of the UTF-8 sequence at `first`, or 0 if it is ill
/// formed: overlong, cut, a surrogate, above U+10FFFF. `first != last`.
inline std::size_t utf8_length(const char* first, const char* last) noexcept {
  auto byte
    = [first](std::size_t i) { return static_cast<unsigned char>(first[i]); };
  auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  // The second byte has a range of its own (Unicode, table 3-7).
  auto least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  auto most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  std::size_t length = lead < 0xC2   ? 0
                       : lead < 0xE0 ? 2
                       : lead < 0xF0 ? 3
                       : lead < 0xF5 ? 4
                                     : 0;
  if (length == 0 || static_cast<std::size_t>(last - first) < length)
    return 0;
  if (byte(1) < least || byte(1) > most)
    return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  return length;
}

/// Returns whether `text` is UTF-8 from end to end.
inline bool is_utf8(std::string_view text) noexcept {
  auto last = text.data() + text.size();
  for (auto pos = text.data(); pos != last;) {
    auto length = utf8_length(pos, last);
    if (length == 0)
      return false;
    pos += length;
  }
  return true;
}

/// Returns `text` with U+FFFD in place of each byte that is not UTF-8, cut
/// between two characters to at most `max_bytes`.
std::string to_utf8(std::string_view text,
                    std::size_t max_bytes = std::string::npos);

} // namespace bqs::http
