#include "http/signing_key.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

namespace bqs::http {

namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::optional<signing_key> signing_key::from_pem(std::string_view pem) {
  if (pem.size() > 64u << 10)
    return std::nullopt;
  bio_ptr text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  if (text == nullptr)
    return std::nullopt;
  evp_pkey_ptr key{
    PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return std::nullopt;
  signing_key result{std::move(key)};
  if (!result.sign("trial"))
    return std::nullopt;
  return result;
}

std::optional<std::string> signing_key::sign(std::string_view text) const {
  evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  std::string result(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())),
                     '\0');
  auto size = result.size();
  auto ok = context != nullptr
            && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                  key_.get())
                 == 1
            && EVP_DigestSign(context.get(),
                              reinterpret_cast<unsigned char*>(result.data()),
                              &size, bytes(text), text.size())
                 == 1;
  ERR_clear_error();
  if (!ok)
    return std::nullopt;
  result.resize(size);
  return result;
}

signing_key::signing_key(evp_pkey_ptr key) noexcept : key_(std::move(key)) {
  // nop
}

} // namespace bqs::http
