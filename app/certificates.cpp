#include "app/certificates.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "http/endpoint.hpp"
#include "http/openssl_ptr.hpp"

namespace bqs::app {

namespace {

using x509_ptr = http::openssl_ptr<X509, X509_free>;
using extension_ptr = http::openssl_ptr<X509_EXTENSION, X509_EXTENSION_free>;
using bignum_ptr = http::openssl_ptr<BIGNUM, BN_free>;

void require(bool condition) {
  if (!condition)
    throw std::runtime_error{"cannot make certificates: "
                             + http::openssl_reason()};
}

/// Who signs.
struct issuer {
  X509* certificate;
  EVP_PKEY* key;
};

http::evp_pkey_ptr make_key() {
  http::evp_pkey_ptr result{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  require(result != nullptr);
  return result;
}

std::string random_name() {
  std::array<unsigned char, 4> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "bqstreamer authority ";
  for (auto x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

/// A certificate without extensions and signature.
x509_ptr begin(const std::string& name, EVP_PKEY* key, X509* by,
               std::time_t now, int days) {
  x509_ptr result{X509_new()};
  auto x = result.get();
  constexpr int bits = 127;
  bignum_ptr serial{BN_new()};
  constexpr std::time_t hour = 3600;
  require(
    x != nullptr && X509_set_version(x, X509_VERSION_3) == 1
    && BN_rand(serial.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
    && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x)) != nullptr
    && ASN1_TIME_set(X509_getm_notBefore(x), now - hour) != nullptr
    && ASN1_TIME_adj(X509_getm_notAfter(x), now, days, 0) != nullptr
    && X509_set_pubkey(x, key) == 1
    && X509_NAME_add_entry_by_txt(
         X509_get_subject_name(x), "CN", MBSTRING_ASC,
         reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0)
         == 1
    && X509_set_issuer_name(x, X509_get_subject_name(by == nullptr ? x : by))
         == 1);
  return result;
}

void extend(X509* x, X509* by, int what, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, by == nullptr ? x : by, x, nullptr, nullptr, 0);
  extension_ptr extension{
    X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
  require(extension != nullptr && X509_add_ext(x, extension.get(), -1) == 1);
}

void sign(X509* x, EVP_PKEY* key) {
  require(X509_sign(x, key, EVP_sha256()) > 0);
}

std::string text_of(BIO* from) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(from, &data);
  return {data, static_cast<std::size_t>(size)};
}

certified_key to_pem(X509* certificate, EVP_PKEY* key) {
  http::bio_ptr first{BIO_new(BIO_s_mem())};
  http::bio_ptr second{BIO_new(BIO_s_secmem())};
  require(first != nullptr && second != nullptr
          && PEM_write_bio_X509(first.get(), certificate) == 1
          && PEM_write_bio_PrivateKey(second.get(), key, nullptr, nullptr, 0,
                                      nullptr, nullptr)
               == 1);
  return {text_of(first.get()), text_of(second.get())};
}

/// @param uses for what it is good, as extendedKeyUsage has it
/// @param hosts as subjectAltName has it; none if empty
certified_key certify(const issuer& by, const std::string& name,
                      const std::string& uses, const std::string& hosts,
                      std::time_t now) {
  auto key = make_key();
  auto made = begin(name, key.get(), by.certificate, now, peer_days);
  auto x = made.get();
  extend(x, by.certificate, NID_basic_constraints, "critical,CA:FALSE");
  extend(x, by.certificate, NID_key_usage, "critical,digitalSignature");
  extend(x, by.certificate, NID_ext_key_usage, uses);
  extend(x, by.certificate, NID_subject_key_identifier, "hash");
  extend(x, by.certificate, NID_authority_key_identifier, "keyid:always");
  if (!hosts.empty())
    extend(x, by.certificate, NID_subject_alt_name, hosts);
  sign(x, by.key);
  return to_pem(x, key.get());
}

} // namespace

cluster_certificates make_certificates(const std::vector<std::string>& hosts,
                                       std::time_t now) {
  cluster_certificates result;
  result.name = random_name();
  auto key = make_key();
  auto made = begin(result.name, key.get(), nullptr, now, authority_days);
  auto x = made.get();
  extend(x, nullptr, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(x, nullptr, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(x, nullptr, NID_subject_key_identifier, "hash");
  sign(x, key.get());
  result.authority = to_pem(x, key.get());
  std::string names;
  for (auto& host : hosts)
    names += (names.empty() ? "" : ",")
             + std::string{http::is_address(host) ? "IP:" : "DNS:"} + host;
  issuer by{x, key.get()};
  result.node
    = certify(by, "bqstreamer node", "serverAuth,clientAuth", names, now);
  result.client = certify(by, "bqstreamer client", "clientAuth", {}, now);
  return result;
}

bool is_certifiable(std::string_view host) {
  if (host.empty() || host.size() > 253)
    return false;
  if (http::is_address(std::string{host}))
    return true;
  // Such a text cannot break out of the list of names that it becomes part of.
  return host.front() != '-' && host.front() != '.'
         && std::ranges::all_of(host, [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
            });
}

} // namespace bqs::app
