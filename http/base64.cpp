#include "http/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace bqs::http {

namespace {

constexpr std::string_view digits
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string base64(std::string_view x) {
  std::string result;
  result.reserve((x.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < x.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = i; k < i + 3; ++k)
      bits = bits << 8 | (k < x.size() ? static_cast<unsigned char>(x[k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      result += i + k <= x.size() ? digits[bits >> (18 - 6 * k) & 63u] : '=';
  }
  return result;
}

std::optional<std::string> from_base64(std::string_view x) {
  std::string result;
  result.reserve(x.size() / 4 * 3);
  auto end = x.find_last_not_of('=') + 1; // 0 if there is nothing else
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < end; ++i) {
    auto digit = digits.find(x[i]);
    if (digit == std::string_view::npos)
      return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffffffu;
    if (i % 4 != 0)
      result += static_cast<char>(bits >> (6 - i % 4 * 2) & 0xffu);
  }
  // One text stands for one value: bits that are left over are 0.
  if (base64(result) != x)
    return std::nullopt;
  return result;
}

} // namespace bqs::http
