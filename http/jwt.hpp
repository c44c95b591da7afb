#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/signing_key.hpp"

namespace bqs::http {

/// What a service account says of itself: in a token that it signs itself
/// (AIP-4111) issuer and subject are the same; in an assertion, for which it
/// gets a token (RFC 7523), there is an audience instead of the subject.
struct jwt_claims {
  std::string email;
  /// Separated by blanks.
  std::string scope;
  /// Seconds since 1970; the service takes at most an hour between them.
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  /// Of an assertion: the token endpoint. Else empty.
  std::string audience = {};
};

/// Returns the signed token, or nothing if the key fails to sign.
/// @param key_id left out if empty.
std::optional<std::string> make_jwt(const signing_key& key,
                                    const std::string& key_id,
                                    const jwt_claims& claims);

} // namespace bqs::http
