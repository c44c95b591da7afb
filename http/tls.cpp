#include "http/tls.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "http/channel.hpp"
#include "http/endpoint.hpp"
#include "http/quiet_bio.hpp"
#include "http/small_file.hpp"

namespace bqs::http {

namespace {

// -- the context --------------------------------------------------------------

struct free_infos {
  void operator()(STACK_OF(X509_INFO) * x) const noexcept {
    sk_X509_INFO_pop_free(x, X509_INFO_free);
  }
};

using infos_ptr = std::unique_ptr<STACK_OF(X509_INFO), free_infos>;
using x509_ptr = openssl_ptr<X509, X509_free>;

/// `SSL_set_tlsext_host_name`, whose macro holds an old-style cast.
bool send_name(SSL* tls, const std::string& host) {
  return SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(host.c_str()))
         == 1;
}

/// Has the verification itself check the name, by the subject's alternative
/// names only. The name is also sent as SNI, an address is not (RFC 6066).
bool expect_host(SSL* tls, const std::string& host) {
  auto* param = SSL_get0_param(tls);
  if (is_address(host))
    return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(param,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                                    | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1
         && send_name(tls, host);
}

// Each returns one line that names option and file, or an empty one.

/// About a file that OpenSSL cannot use. Its own reasons say little.
std::string unusable(const std::string& option, const std::string& file,
                     const std::string& why) {
  ERR_clear_error();
  return option + ": " + file + " " + why;
}

/// OpenSSL itself would wait for a pipe, and read for ever.
std::string read(const std::string& option, const std::string& file,
                 std::string& text) {
  auto found = read_small_file(file, largest_pem);
  text = std::move(found.text);
  return found.fault.empty()
           ? ""
           : unusable(option, file, "cannot be read (" + found.fault + ")");
}

/// `text` must outlive it.
bio_ptr reader_of(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// What `SSL_CTX_load_verify_file` does, which opens the file by itself.
bool add_authorities(SSL_CTX* context, const std::string& text) {
  auto* store = SSL_CTX_get_cert_store(context);
  infos_ptr infos{PEM_X509_INFO_read_bio(reader_of(text).get(), nullptr,
                                         no_passphrase, nullptr)};
  auto added = 0;
  for (auto i = 0; infos && i < sk_X509_INFO_num(infos.get()); ++i) {
    auto* x = sk_X509_INFO_value(infos.get(), i);
    if (x->x509 != nullptr)
      added += X509_STORE_add_cert(store, x->x509);
    if (x->crl != nullptr)
      added += X509_STORE_add_crl(store, x->crl);
  }
  return added > 0;
}

/// What `SSL_CTX_use_certificate_chain_file` does; returns what is wrong.
std::string use_chain(SSL_CTX* context, const std::string& text) {
  auto from = reader_of(text);
  x509_ptr own{
    PEM_read_bio_X509_AUX(from.get(), nullptr, no_passphrase, nullptr)};
  if (own == nullptr)
    return "holds no certificate in PEM";
  // By what the system demands of keys and signatures, say.
  auto refused
    = [] { return "is not taken by OpenSSL here (" + openssl_reason() + ")"; };
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return refused();
  while (x509_ptr next{
    PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr)})
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1)
      return refused();
  auto last = ERR_peek_last_error();
  auto at_end = ERR_GET_LIB(last) == ERR_LIB_PEM
                && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (!at_end)
    return refused();
  ERR_clear_error();
  return {};
}

std::string load_authorities(SSL_CTX* context, const std::string& file) {
  if (file.empty())
    return SSL_CTX_set_default_verify_paths(context) == 1
             ? ""
             : "cannot use the system's certificate authorities: "
                 + openssl_reason();
  std::string text;
  auto fault = read("ca-file", file, text);
  if (fault.empty() && !add_authorities(context, text))
    return unusable("ca-file", file, "holds no certificates in PEM");
  return fault;
}

std::string load_certificate(SSL_CTX* context, const tls_options& options) {
  const auto& [ca_file, file, key] = options;
  if (file.empty() && key.empty())
    return {};
  if (key.empty())
    return "client-certificate: " + file + " needs a client-key beside it";
  if (file.empty())
    return "client-key: " + key + " needs a client-certificate beside it";
  std::string text;
  if (auto fault = read("client-certificate", file, text); !fault.empty())
    return fault;
  if (auto wrong = use_chain(context, text); !wrong.empty())
    return unusable("client-certificate", file, wrong);
  if (auto fault = read("client-key", key, text); !fault.empty())
    return fault;
  evp_pkey_ptr secret{PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr,
                                              no_passphrase, nullptr)};
  if (secret == nullptr)
    return unusable("client-key", key,
                    "holds no key in PEM that needs no passphrase");
  // The first compares them only if they are of the same kind.
  if (SSL_CTX_use_PrivateKey(context, secret.get()) != 1
      || SSL_CTX_check_private_key(context) != 1)
    return unusable("client-key", key,
                    "is not the key of client-certificate " + file);
  return {};
}

std::variant<tls_context::pointer, std::string>
make_context(const tls_options& options) {
  ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
  if (context == nullptr)
    return "cannot set up TLS: " + openssl_reason();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE
                                    | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                    | SSL_MODE_RELEASE_BUFFERS);
  auto fault = load_certificate(context.get(), options);
  if (fault.empty())
    fault = load_authorities(context.get(), options.ca_file);
  if (!fault.empty())
    return fault;
  return std::make_shared<const tls_context>(std::move(context));
}

/// Names the certificate's fault where there is one, for it says more than
/// "certificate verify failed".
std::string refusal(SSL* tls, const std::string& fault) {
  auto verdict = SSL_get_verify_result(tls);
  return verdict == X509_V_OK ? fault
                              : std::string{"certificate not accepted: "}
                                  + X509_verify_cert_error_string(verdict);
}

} // namespace

std::variant<tls_context::pointer, std::string>
tls_context::open(const tls_options& options) {
  static std::mutex mutex;
  static std::map<tls_options, std::weak_ptr<const tls_context>> known;
  std::lock_guard guard{mutex};
  auto& entry = known[options];
  if (auto alive = entry.lock())
    return alive;
  auto result = make_context(options);
  if (auto* made = std::get_if<pointer>(&result))
    entry = *made;
  return result;
}

tls_context::tls_context(ssl_ctx_ptr context) noexcept
  : context_(std::move(context)) {
  // nop
}

std::variant<ssl_ptr, std::string>
tls_context::handshake(int fd, const std::string& host,
                       const waiter& patience) const {
  auto failure = [&host](const std::string& why) {
    return "TLS with " + host + " failed: " + why;
  };
  ssl_ptr tls{SSL_new(context_.get())};
  if (tls == nullptr || !attach_quietly(tls.get(), fd)
      || !expect_host(tls.get(), host))
    return failure(openssl_reason());
  SSL_set_connect_state(tls.get());
  channel wire{fd, tls.get()};
  for (;;) {
    switch (wire.handshake()) {
      case transfer::moved:
        return tls;
      case transfer::blocked:
        if (patience.wait(fd, wire.wants()) == 0)
          return failure(patience.why());
        break;
      case transfer::ended:
        return failure("the peer closed the connection");
      case transfer::broken:
        return failure(refusal(tls.get(), wire.fault()));
    }
  }
}

} // namespace bqs::http
