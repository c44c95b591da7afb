#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/openssl_ptr.hpp"

namespace bqs::http {

/// An RSA key that has been seen to sign.
class signing_key {
public:
  /// Reads an unencrypted PEM text. No reason is given on failure, so that
  /// nothing of the text can get into a log.
  static std::optional<signing_key> from_pem(std::string_view pem);

  /// Signs as RS256 does: RSASSA-PKCS1-v1_5 with SHA-256. The signature is as
  /// long as the key.
  std::optional<std::string> sign(std::string_view text) const;

private:
  explicit signing_key(evp_pkey_ptr key) noexcept;

  evp_pkey_ptr key_;
};

} // namespace bqs::http
