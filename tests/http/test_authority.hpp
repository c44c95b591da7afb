#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "http/openssl_ptr.hpp"
#include "tests/scratch.hpp"

namespace bqs::http::test {

using x509_ptr = openssl_ptr<X509, X509_free>;

inline void require(bool condition) {
  if (!condition)
    throw std::runtime_error{"no test certificate: " + openssl_reason()};
}

/// @param write writes PEM; returns 1 if it could
template <class F>
void save_pem(const std::string& path, F write) {
  auto* file = std::fopen(path.c_str(), "w");
  require(file != nullptr);
  auto ok = write(file) == 1;
  require(std::fclose(file) == 0 && ok);
}

/// Writes the private key of one file, which is not encrypted, into another
/// one, which is.
inline void lock_key(const std::string& from, const std::string& to,
                     const std::string& passphrase) {
  auto* file = std::fopen(from.c_str(), "r");
  require(file != nullptr);
  evp_pkey_ptr key{PEM_read_PrivateKey(file, nullptr, nullptr, nullptr)};
  std::fclose(file);
  require(key != nullptr);
  save_pem(to, [&](auto* out) {
    return PEM_write_PrivateKey(
      out, key.get(), EVP_aes_256_cbc(),
      reinterpret_cast<const unsigned char*>(passphrase.data()),
      static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

/// Writes a certificate and its key as `NAME.crt` and `NAME.key`.
inline void save_pair(const std::string& name, X509* certificate,
                      EVP_PKEY* key) {
  save_pem(name + ".crt",
           [=](auto* to) { return PEM_write_X509(to, certificate); });
  save_pem(name + ".key", [=](auto* to) {
    return PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

/// Writes a certificate that has signed itself, with a key of 1024 bits, as
/// `NAME.crt` and `NAME.key`.
inline void issue_weak(const std::string& name) {
  evp_pkey_ptr key{
    EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024})};
  x509_ptr certificate{X509_new()};
  auto x = certificate.get();
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key.get());
  require(X509_sign(x, key.get(), EVP_sha256()) > 0);
  save_pair(name, x, key.get());
}

/// A certificate authority of our own, made anew for each run.
class test_authority {
public:
  test_authority() : key_(new_key()), certificate_(make_root()) {
    save_pem(file(), [this](auto* to) {
      return PEM_write_X509(to, certificate_.get());
    });
  }

  test_authority(const test_authority&) = delete;
  test_authority& operator=(const test_authority&) = delete;

  /// The root as a PEM file.
  std::string file() const {
    return folder_.path("ca.crt");
  }

  /// Makes a server's context with a certificate of ours.
  /// @param names such as `DNS:localhost,IP:127.0.0.1`; none if empty.
  /// @param seconds until it expires
  ssl_ctx_ptr serve(const std::string& common_name, const std::string& names,
                    long seconds = 3600) const {
    auto key = new_key();
    auto certificate
      = start(common_name, key.get(), certificate_.get(), -3600, seconds);
    if (!names.empty())
      extend(certificate.get(), NID_subject_alt_name, names);
    finish(certificate.get());
    ssl_ctx_ptr result{SSL_CTX_new(TLS_server_method())};
    require(result != nullptr
            && SSL_CTX_use_certificate(result.get(), certificate.get()) == 1
            && SSL_CTX_use_PrivateKey(result.get(), key.get()) == 1);
    return result;
  }

  /// Writes a certificate of ours and its key as `NAME.crt` and `NAME.key`.
  /// @param names as for `serve`.
  /// @param from when it begins to hold, in seconds from now
  /// @param until when it expires
  void issue(const std::string& name, const std::string& names = {},
             long from = -3600, long until = 3600) const {
    auto key = new_key();
    auto certificate = start(name, key.get(), certificate_.get(), from, until);
    if (!names.empty())
      extend(certificate.get(), NID_subject_alt_name, names);
    finish(certificate.get());
    save_pair(name, certificate.get(), key.get());
  }

private:
  static evp_pkey_ptr new_key() {
    evp_pkey_ptr result{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    require(result != nullptr);
    return result;
  }

  x509_ptr make_root() const {
    // Each with a name of its own: by the name a certificate finds its way to
    // one of several.
    static std::atomic<int> made{0};
    auto name = "Test Authority " + std::to_string(++made);
    auto result = start(name, key_.get(), nullptr, -3600, 3600);
    extend(result.get(), NID_basic_constraints, "critical,CA:TRUE");
    finish(result.get());
    return result;
  }

  static x509_ptr start(const std::string& common_name, EVP_PKEY* key,
                        X509* issuer, long from, long until) {
    x509_ptr result{X509_new()};
    auto* x = result.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), from);
    X509_gmtime_adj(X509_getm_notAfter(x), until);
    X509_set_pubkey(x, key);
    auto* name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, issuer == nullptr ? name
                                              : X509_get_subject_name(issuer));
    return result;
  }

  static void extend(X509* x, int what, const std::string& value) {
    auto* extension
      = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    require(extension != nullptr && X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  void finish(X509* x) const {
    require(X509_sign(x, key_.get(), EVP_sha256()) > 0);
  }

  evp_pkey_ptr key_;
  x509_ptr certificate_;
  bqs::test::scratch folder_;
};

/// The one of a whole suite.
inline const test_authority& authority() {
  static const test_authority instance;
  return instance;
}

/// The same server, which demands a certificate of `clients`.
inline ssl_ctx_ptr asking(ssl_ctx_ptr server, const test_authority& clients) {
  SSL_CTX_set_verify(
    server.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  require(SSL_CTX_load_verify_file(server.get(), clients.file().c_str()) == 1);
  return server;
}

} // namespace bqs::http::test
