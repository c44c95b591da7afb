#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace bqs::http {

template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* ptr) const noexcept {
    Free(ptr);
  }
};

template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

using bio_ptr = openssl_ptr<BIO, BIO_free_all>;
using evp_pkey_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using evp_md_ctx_ptr = openssl_ptr<EVP_MD_CTX, EVP_MD_CTX_free>;
using ssl_ptr = openssl_ptr<SSL, SSL_free>;
using ssl_ctx_ptr = openssl_ptr<SSL_CTX, SSL_CTX_free>;

/// For OpenSSL's readers, which would else ask at the terminal, and wait.
inline int no_passphrase(char*, int, int, void*) {
  return -1;
}

/// The reason of the last failure on this thread; empties OpenSSL's queue.
inline std::string openssl_reason() {
  auto* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text != nullptr ? text : "no reason given";
}

} // namespace bqs::http
