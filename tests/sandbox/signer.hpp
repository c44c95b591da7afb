#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "sandbox/base64url.hpp"

namespace bqs::sandbox::test {

/// A service account's key as its client holds it: signs what a test asks for,
/// right or wrong.
class signer {
public:
  using json = nlohmann::ordered_json;

  explicit signer(unsigned bits = 2048)
    : key_(EVP_RSA_gen(bits), EVP_PKEY_free) {
    if (key_ == nullptr)
      throw std::runtime_error("no key");
  }

  /// Of a PEM text.
  explicit signer(std::string_view pem) : key_(read(pem), EVP_PKEY_free) {
    if (key_ == nullptr)
      throw std::runtime_error("no key");
  }

  std::string private_pem() const {
    return write([this](BIO* to) {
      return PEM_write_bio_PKCS8PrivateKey(to, key_.get(), nullptr, nullptr, 0,
                                           nullptr, nullptr);
    });
  }

  std::string public_pem() const {
    return write(
      [this](BIO* to) { return PEM_write_bio_PUBKEY(to, key_.get()); });
  }

  /// Returns the RS256 signature of a text.
  std::string sign(std::string_view text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{
      EVP_MD_CTX_new(), EVP_MD_CTX_free};
    std::string result(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())),
                       '\0');
    auto size = result.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                       key_.get());
    EVP_DigestSign(
      context.get(), reinterpret_cast<unsigned char*>(result.data()), &size,
      reinterpret_cast<const unsigned char*>(text.data()), text.size());
    result.resize(size);
    return result;
  }

  /// Returns a whole token.
  std::string token(const json& head, const json& claims) const {
    auto text = base64url(head.dump()) + "." + base64url(claims.dump());
    return text + "." + base64url(sign(text));
  }

  std::string token(const json& claims) const {
    return token({{"alg", "RS256"}, {"typ", "JWT"}}, claims);
  }

private:
  static EVP_PKEY* read(std::string_view pem) {
    std::unique_ptr<BIO, decltype(&BIO_free_all)> from{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all};
    return PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr);
  }

  template <class F>
  static std::string write(F f) {
    std::unique_ptr<BIO, decltype(&BIO_free_all)> out{BIO_new(BIO_s_mem()),
                                                      BIO_free_all};
    f(out.get());
    char* text = nullptr;
    auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> key_;
};

/// One key for all tests of a program: making them takes a while.
inline const signer& shared_signer() {
  static const signer result;
  return result;
}

inline const char* const account = "writer@p.iam.gserviceaccount.com";
inline const char* const bigquery_scope
  = "https://www.googleapis.com/auth/bigquery";

inline std::int64_t seconds_of(std::chrono::system_clock::time_point x) {
  return std::chrono::floor<std::chrono::seconds>(x.time_since_epoch()).count();
}

/// The claims of an assertion that is right in all.
inline nlohmann::ordered_json
assertion_claims(std::chrono::system_clock::time_point now) {
  return {{"iss", account},
          {"scope", bigquery_scope},
          {"aud", "https://oauth2.googleapis.com/token"},
          {"iat", seconds_of(now)},
          {"exp", seconds_of(now) + 3600}};
}

/// The claims of a self-signed token that is right in all.
inline nlohmann::ordered_json
self_signed_claims(std::chrono::system_clock::time_point now) {
  return {{"iss", account},
          {"sub", account},
          {"scope", bigquery_scope},
          {"iat", seconds_of(now)},
          {"exp", seconds_of(now) + 3600}};
}

/// The key file of `account`.
inline std::string key_file_text(const signer& by = shared_signer(),
                                 const std::string& id = "k1") {
  return nlohmann::ordered_json{{"type", "service_account"},
                                {"client_email", account},
                                {"private_key_id", id},
                                {"private_key", by.private_pem()}}
    .dump();
}

inline const char* const user_file = R"({"type":"authorized_user",
  "client_id":"client","client_secret":"shh","refresh_token":"again",
  "account":"ann@example.com"})";

inline const char* const workload_file = R"({"type":"external_account",
  "audience":"//iam/pool","subject_token":"subject",
  "service_account_impersonation_url":
    "http://h/v1/projects/-/serviceAccounts/target@p:generateAccessToken"})";

} // namespace bqs::sandbox::test
