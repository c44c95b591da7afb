#include "client/tls_probe.hpp"

#include <algorithm>

#include <poll.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "client/tls_check.hpp"
#include "client/verify_result.hpp"
#include "http/openssl_ptr.hpp"
#include "http/quiet_bio.hpp"

namespace bqs {

namespace {

using std::chrono::steady_clock;

http::ssl_ctx_ptr make_context(const tls_files& files,
                               std::string& passphrase) {
  http::ssl_ctx_ptr result{SSL_CTX_new(TLS_client_method())};
  auto x = result.get();
  if (x == nullptr)
    return nullptr;
  SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION);
  SSL_CTX_set_default_passwd_cb(x, give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(x, &passphrase);
  SSL_CTX_set_verify(x, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str()) != 1
      || SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM)
           != 1
      || SSL_CTX_load_verify_locations(x, files.ca_file.c_str(), nullptr) != 1)
    return nullptr;
  return result;
}

/// What our side has against the node's certificate.
std::string complaint(long code) {
  if (is_of_stranger(code))
    return "its certificate is not of the authority that we trust";
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired (or the clock is wrong here)";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet (or the clock is wrong here)";
    case X509_V_ERR_INVALID_PURPOSE:
      return "it shows a client's certificate, not a node's";
    default:
      return std::string{"its certificate is refused here ("}
             + X509_verify_cert_error_string(code) + ")";
  }
}

/// What the last failure on this thread was about.
std::string failure(SSL* ssl) {
  if (auto code = SSL_get_verify_result(ssl); code != X509_V_OK)
    return complaint(code);
  switch (ERR_GET_REASON(ERR_peek_last_error())) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "it does not know the authority of our certificate";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "it says that our certificate has expired (check the clocks)";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "it does not take our certificate";
    case SSL_R_WRONG_VERSION_NUMBER:
      return "it does not speak TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "it does not speak TLS 1.2 or later";
    case 0:
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return "it hung up during the TLS handshake (perhaps it does not speak "
             "TLS)";
    default:
      return "no TLS connection (" + http::openssl_reason() + ")";
  }
}

} // namespace

std::string probe_tls(int fd, const tls_files& files,
                      steady_clock::time_point deadline) {
  auto passphrase = files.passphrase;
  auto context = make_context(files, passphrase);
  http::ssl_ptr ssl{context ? SSL_new(context.get()) : nullptr};
  if (!ssl || !http::attach_quietly(ssl.get(), fd)) {
    ERR_clear_error();
    return "the files for TLS cannot be read any more";
  }
  SSL_set_connect_state(ssl.get());
  std::string result = "no bqstreamer node answered in time";
  while (true) {
    ERR_clear_error();
    char first = 0;
    // Under TLS 1.3 a refusal of our certificate comes behind the handshake.
    auto got = SSL_peek(ssl.get(), &first, 1);
    if (got > 0) {
      result.clear();
      break;
    }
    auto wants = SSL_get_error(ssl.get(), got);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) {
      result = failure(ssl.get());
      break;
    }
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      deadline - steady_clock::now());
    pollfd wanted{
      fd, static_cast<short>(wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT),
      0};
    if (left.count() <= 0
        || poll(&wanted, 1, static_cast<int>(left.count())) == 0)
      break;
  }
  ERR_clear_error();
  return result;
}

} // namespace bqs
