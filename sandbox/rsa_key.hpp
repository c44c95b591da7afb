#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace bqs::sandbox {

/// The public half of an RSA key of any size; what was private is dropped.
/// From any thread.
class rsa_public_key {
public:
  /// Reads PEM: a private key, a public key or a certificate. No value if it
  /// is none of these, not RSA, or behind a password.
  static std::optional<rsa_public_key> from_pem(std::string_view pem);

  /// Whether `signature` is RSASSA-PKCS1-v1_5 with SHA-256 (RS256) of `text`.
  bool verify(std::string_view text, std::string_view signature) const;

private:
  explicit rsa_public_key(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
};

/// Makes a key of 2048 bits; returns its private half as PKCS#8 PEM.
/// @throws std::runtime_error if there is no chance to be had.
std::string make_private_pem();

} // namespace bqs::sandbox
