#include "sandbox/rsa_key.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace bqs::sandbox {

namespace {

template <auto Free>
struct freeing {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

using bio_ptr = std::unique_ptr<BIO, freeing<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freeing<X509_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freeing<EVP_MD_CTX_free>>;

constexpr std::size_t max_pem = 64u << 10;

/// OpenSSL would ask the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

const unsigned char* bytes(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

key_ptr read_pem(std::string_view pem) {
  auto open = [pem] {
    return bio_ptr{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  };
  key_ptr result{
    PEM_read_bio_PrivateKey(open().get(), nullptr, no_password, nullptr)};
  if (result == nullptr)
    result.reset(
      PEM_read_bio_PUBKEY(open().get(), nullptr, no_password, nullptr));
  if (result == nullptr) {
    certificate_ptr from{
      PEM_read_bio_X509(open().get(), nullptr, no_password, nullptr)};
    if (from != nullptr)
      result.reset(X509_get_pubkey(from.get()));
  }
  return result;
}

/// Returns a copy that has no private part.
key_ptr public_half(const EVP_PKEY* of) {
  unsigned char* encoded = nullptr;
  auto size = i2d_PUBKEY(of, &encoded);
  if (size <= 0)
    return nullptr;
  const auto* from = encoded;
  key_ptr result{d2i_PUBKEY(nullptr, &from, size)};
  OPENSSL_free(encoded);
  return result;
}

} // namespace

std::optional<rsa_public_key> rsa_public_key::from_pem(std::string_view pem) {
  if (pem.empty() || pem.size() > max_pem)
    return std::nullopt;
  auto key = read_pem(pem);
  auto usable
    = key != nullptr && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA;
  auto kept = usable ? public_half(key.get()) : nullptr;
  ERR_clear_error();
  if (kept == nullptr)
    return std::nullopt;
  return rsa_public_key{
    std::shared_ptr<EVP_PKEY>{kept.release(), EVP_PKEY_free}};
}

bool rsa_public_key::verify(std::string_view text,
                            std::string_view signature) const {
  digest_ptr context{EVP_MD_CTX_new()};
  auto ok = context != nullptr
            && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(),
                                    nullptr, key_.get())
                 == 1
            && EVP_DigestVerify(context.get(), bytes(signature),
                                signature.size(), bytes(text), text.size())
                 == 1;
  ERR_clear_error();
  return ok;
}

rsa_public_key::rsa_public_key(std::shared_ptr<EVP_PKEY> key)
  : key_(std::move(key)) {
  // nop
}

std::string make_private_pem() {
  key_ptr key{EVP_RSA_gen(2048)};
  bio_ptr out{BIO_new(BIO_s_mem())};
  auto ok = key != nullptr && out != nullptr
            && PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr,
                                             nullptr, 0, nullptr, nullptr)
                 == 1;
  ERR_clear_error();
  if (!ok)
    throw std::runtime_error("cannot make a key");
  char* text = nullptr;
  auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

} // namespace bqs::sandbox
