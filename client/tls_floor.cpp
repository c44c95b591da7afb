#include "client/tls_floor.hpp"

#include <array>
#include <mutex>
#include <set>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "http/openssl_ptr.hpp"

namespace bqs {

namespace {

using x509_ptr = http::openssl_ptr<X509, X509_free>;

std::mutex guard;

/// What the certificates are known by; under `guard`.
std::set<std::string>& ours() {
  static std::set<std::string> result;
  return result;
}

std::string digest_of(const X509* x) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  auto size = 0u;
  if (X509_digest(x, EVP_sha256(), bytes.data(), &size) != 1)
    return {};
  return {bytes.begin(), bytes.begin() + size};
}

/// A connection is made, and has what its context has. (Not when the context is
/// made: the system's policy is laid over that later.)
void on_new_connection(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  auto ssl = static_cast<SSL*>(parent);
  auto shown = SSL_get_certificate(ssl);
  if (shown == nullptr)
    return;
  auto digest = digest_of(shown);
  std::lock_guard lock{guard};
  if (ours().contains(digest))
    SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
}

} // namespace

void demand_tls_1_2(const std::string& file) {
  static std::once_flag once;
  std::call_once(once, [] {
    SSL_get_ex_new_index(0, nullptr, on_new_connection, nullptr, nullptr);
  });
  http::bio_ptr in{BIO_new_file(file.c_str(), "r")};
  x509_ptr shown{in ? PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr)
                    : nullptr};
  ERR_clear_error();
  if (!shown)
    return; // it was read a moment ago
  auto digest = digest_of(shown.get());
  std::lock_guard lock{guard};
  ours().insert(digest);
}

} // namespace bqs
