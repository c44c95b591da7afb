#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bqs::sandbox {

/// A longer one is not looked at.
constexpr std::size_t max_jwt_bytes = 16u << 10;

/// A JSON Web Token in compact form, its signature not checked yet. Members
/// that it does not have are empty.
struct jwt {
  std::string key_id;
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string scope;
  /// Seconds since 1970.
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  /// What the signature is of.
  std::string signed_text;
  std::string signature;
};

/// Reads a token that claims to be signed by RS256 and has `iss`, `iat` and
/// `exp`. Returns what is wrong with it otherwise, in words of ours.
std::variant<jwt, std::string> parse_jwt(std::string_view text);

} // namespace bqs::sandbox
