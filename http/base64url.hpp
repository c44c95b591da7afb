#pragma once

#include <string>
#include <string_view>

namespace bqs::http {

/// Encodes by RFC 4648, section 5, without padding.
inline std::string base64url(std::string_view bytes) {
  constexpr std::string_view alphabet
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  auto bits = 0u;
  auto held = 0u; // how many of `bits` are not written yet
  for (auto c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffffu;
    for (held += 8; held >= 6; held -= 6)
      result += alphabet[bits >> (held - 6) & 63u];
  }
  if (held > 0)
    result += alphabet[bits << (6 - held) & 63u];
  return result;
}

} // namespace bqs::http
