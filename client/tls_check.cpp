#include "client/tls_check.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "client/verify_result.hpp"
#include "http/openssl_ptr.hpp"
#include "http/small_file.hpp"

namespace bqs {

namespace {

using part = tls_fault::part;
using x509_ptr = http::openssl_ptr<X509, X509_free>;
using store_ptr = http::openssl_ptr<X509_STORE, X509_STORE_free>;
using store_ctx_ptr = http::openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free>;

struct free_stack {
  void operator()(STACK_OF(X509) * x) const {
    sk_X509_free(x);
  }
};

/// Reads a file, or leaves why not in `why`.
std::string read(const std::string& path, std::string& why) {
  auto found = http::read_small_file(path, http::largest_pem);
  if (!found.fault.empty())
    why = path + ": cannot be read (" + found.fault + ")";
  return std::move(found.text);
}

/// For OpenSSL to read from. `text` must outlive it.
http::bio_ptr open(const std::string& text) {
  return http::bio_ptr{
    BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// All certificates of a file. Leaves `why` if there is none.
std::vector<x509_ptr> read_certificates(const std::string& path,
                                        std::string& why) {
  std::vector<x509_ptr> result;
  auto text = read(path, why);
  if (!why.empty())
    return result;
  auto in = open(text);
  static const std::string none;
  auto no_pass = const_cast<std::string*>(&none);
  while (true) {
    x509_ptr x{
      PEM_read_bio_X509_AUX(in.get(), nullptr, give_passphrase, no_pass)};
    if (!x)
      break;
    result.push_back(std::move(x));
  }
  if (result.empty())
    why = path + ": holds no certificate in PEM form";
  return result;
}

http::evp_pkey_ptr read_key(const tls_files& files, tls_fault& fault) {
  auto text = read(files.key, fault.text);
  if (!fault.text.empty())
    return nullptr;
  auto in = open(text);
  struct {
    const std::string* text = nullptr;
    bool asked = false;
  } state{&files.passphrase};
  auto ask = [](char* buffer, int size, int, void* ptr) {
    auto& x = *static_cast<decltype(state)*>(ptr);
    x.asked = true;
    return give_passphrase(buffer, size, 0, const_cast<std::string*>(x.text));
  };
  http::evp_pkey_ptr result{
    PEM_read_bio_PrivateKey(in.get(), nullptr, ask, &state)};
  if (result)
    return result;
  if (!state.asked) {
    fault.text = files.key + ": holds no private key in PEM form";
    return nullptr;
  }
  fault.where = part::passphrase;
  fault.text = files.passphrase.empty()
                 ? files.key + ": is encrypted, and there is no passphrase"
                 : files.key + ": the passphrase does not open it";
  return nullptr;
}

std::string date_of(const ASN1_TIME* x) {
  tm parts{};
  if (ASN1_TIME_to_tm(x, &parts) != 1)
    return "?";
  char text[32];
  auto size = std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts);
  return {text, size};
}

/// Says what is wrong with a chain, as `X509_verify_cert` found it.
tls_fault explain(X509_STORE_CTX* chain, const tls_files& files,
                  std::optional<tls_role> role) {
  auto own = X509_STORE_CTX_get_error_depth(chain) == 0;
  auto& file = own ? files.certificate : files.ca_file;
  auto where = own ? part::certificate : part::ca_file;
  auto x = X509_STORE_CTX_get_current_cert(chain);
  auto code = X509_STORE_CTX_get_error(chain);
  if (is_of_stranger(code))
    return {part::certificate, files.certificate
                                 + ": is not signed by the authority in "
                                 + files.ca_file};
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {where,
              file + ": has expired, on " + date_of(X509_get0_notAfter(x))};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {where, file + ": is not valid before "
                       + date_of(X509_get0_notBefore(x)) + "; check the clock"};
    case X509_V_ERR_INVALID_PURPOSE:
      if (own && X509_check_ca(x) > 0)
        return {part::certificate,
                files.certificate
                  + ": is the certificate of an authority, "
                    "not good for a "
                  + (role == tls_role::node ? "node" : "client")};
      if (own)
        return {part::certificate,
                files.certificate
                  + (role == tls_role::node
                       ? ": is a client's certificate, not good for a node"
                       : ": is not good for a client")};
      [[fallthrough]];
    default:
      return {where, file + ": " + X509_verify_cert_error_string(code)};
  }
}

std::optional<tls_fault> check_chain(const std::vector<x509_ptr>& own,
                                     const tls_files& files,
                                     std::optional<tls_role> role) {
  store_ptr store{X509_STORE_new()};
  std::string why;
  for (auto& x : read_certificates(files.ca_file, why))
    X509_STORE_add_cert(store.get(), x.get());
  if (!why.empty())
    return tls_fault{part::ca_file, why};
  std::unique_ptr<STACK_OF(X509), free_stack> rest{sk_X509_new_null()};
  for (std::size_t i = 1; i < own.size(); ++i)
    sk_X509_push(rest.get(), own[i].get());
  store_ctx_ptr chain{X509_STORE_CTX_new()};
  if (X509_STORE_CTX_init(chain.get(), store.get(), own[0].get(), rest.get())
      != 1)
    return tls_fault{part::certificate, "TLS is not available"};
  if (role)
    X509_STORE_CTX_set_purpose(chain.get(), *role == tls_role::node
                                              ? X509_PURPOSE_SSL_SERVER
                                              : X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(chain.get()) == 1)
    return std::nullopt;
  return explain(chain.get(), files, role);
}

/// The very calls that CAF makes: this machine's policy may be against a key
/// that is well otherwise.
std::optional<tls_fault> check_policy(const tls_files& files) {
  http::ssl_ctx_ptr context{SSL_CTX_new(TLS_method())};
  if (!context)
    return tls_fault{part::certificate, "TLS is not available"};
  auto x = context.get();
  auto passphrase = files.passphrase;
  SSL_CTX_set_default_passwd_cb(x, give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(x, &passphrase);
  auto fault = [](part where, const std::string& file) {
    return tls_fault{where, file + ": OpenSSL does not take it here ("
                              + http::openssl_reason() + ")"};
  };
  if (SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str()) != 1)
    return fault(part::certificate, files.certificate);
  if (SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fault(part::key, files.key);
  if (SSL_CTX_load_verify_locations(x, files.ca_file.c_str(), nullptr) != 1)
    return fault(part::ca_file, files.ca_file);
  return std::nullopt;
}

std::optional<tls_fault> check(const tls_files& files,
                               std::optional<tls_role> role) {
  std::string why;
  auto own = read_certificates(files.certificate, why);
  if (!why.empty())
    return tls_fault{part::certificate, why};
  tls_fault fault{part::key, {}};
  auto key = read_key(files, fault);
  if (!key)
    return fault;
  if (X509_check_private_key(own[0].get(), key.get()) != 1)
    return tls_fault{part::key,
                     files.key + ": is not the key of " + files.certificate};
  if (auto wrong = check_chain(own, files, role))
    return wrong;
  return check_policy(files);
}

} // namespace

int give_passphrase(char* buffer, int size, int, void* passphrase) {
  auto& text = *static_cast<const std::string*>(passphrase);
  if (text.empty() || size < 0 || text.size() > static_cast<std::size_t>(size))
    return -1;
  text.copy(buffer, text.size());
  return static_cast<int>(text.size());
}

std::optional<tls_fault> check_tls(const tls_files& files,
                                   std::optional<tls_role> role) {
  auto result = check(files, role);
  ERR_clear_error();
  return result;
}

} // namespace bqs
