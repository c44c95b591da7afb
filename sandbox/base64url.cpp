#include "sandbox/base64url.hpp"

#include <cstddef>
#include <cstdint>

namespace bqs::sandbox {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t pending = 0;
  auto bits = 0;
  for (auto c : bytes) {
    pending = (pending << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6)
      result += alphabet[(pending >> (bits - 6)) & 63];
  }
  if (bits > 0)
    result += alphabet[(pending << (6 - bits)) & 63];
  return result;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string result;
  result.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  auto bits = 0;
  for (auto c : text) {
    auto value = alphabet.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    pending = (pending << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>((pending >> bits) & 255);
    }
  }
  auto leftover = pending & ((1u << bits) - 1);
  if (bits == 6 || leftover != 0)
    return std::nullopt;
  return result;
}

} // namespace bqs::sandbox
