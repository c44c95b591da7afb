#include "sandbox/secrets.hpp"

#include <array>
#include <stdexcept>

#include <openssl/rand.h>
#include <openssl/sha.h>

namespace bqs::sandbox {

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         sum.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(2 * sum.size());
  for (auto byte : sum) {
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

std::string random_bytes(std::size_t size) {
  std::string result(size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(result.data());
  if (RAND_bytes(to, static_cast<int>(size)) != 1)
    throw std::runtime_error("cannot draw random bytes");
  return result;
}

} // namespace bqs::sandbox
