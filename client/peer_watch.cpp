#include "client/peer_watch.hpp"

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "client/verify_result.hpp"

namespace bqs {

namespace {

// -- who listens --------------------------------------------------------------

std::mutex guard;

/// By port; under `guard`.
std::map<std::uint16_t, peer_watch::listener*>& listeners() {
  static std::map<std::uint16_t, peer_watch::listener*> result;
  return result;
}

// -- what has happened --------------------------------------------------------

std::uint16_t port_of(const sockaddr_storage& x) {
  if (x.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(x).sin_port);
  if (x.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(x).sin6_port);
  return 0;
}

std::string address_of(const sockaddr_storage& x) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* from = nullptr;
  if (x.ss_family == AF_INET)
    from = &reinterpret_cast<const sockaddr_in&>(x).sin_addr;
  else if (x.ss_family == AF_INET6)
    from = &reinterpret_cast<const sockaddr_in6&>(x).sin6_addr;
  if (from == nullptr
      || inet_ntop(x.ss_family, from, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

/// What is wrong with a peer's certificate.
std::string complaint(long code) {
  if (is_of_stranger(code))
    return "its certificate is not of the authority that this node trusts";
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet";
    default:
      return std::string{"its certificate is refused ("}
             + X509_verify_cert_error_string(code) + ")";
  }
}

/// Looks at the error queue, and leaves it as it is.
refused_peer describe(const SSL* ssl, int error) {
  refused_peer result;
  auto last = ERR_peek_last_error();
  auto reason = ERR_GET_REASON(last);
  if (auto code = SSL_get_verify_result(ssl); code != X509_V_OK) {
    result.reason = complaint(code);
  } else if (error == SSL_ERROR_SYSCALL
             || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    result.silent = true;
    result.reason = "it hung up before it had shown a certificate";
  } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    result.reason = "it shows no certificate";
  } else if (reason == SSL_R_WRONG_VERSION_NUMBER
             || reason == SSL_R_HTTP_REQUEST
             || reason == SSL_R_UNSUPPORTED_PROTOCOL
             || reason == SSL_R_VERSION_TOO_LOW) {
    result.reason = "it does not speak TLS 1.2 or later";
  } else if (reason > SSL_AD_REASON_OFFSET) {
    result.reason = "it does not take the certificate of this node";
  } else {
    auto text = ERR_reason_error_string(last);
    result.reason = std::string{"the TLS handshake failed ("}
                    + (text != nullptr ? text : "no reason given") + ")";
  }
  return result;
}

/// OpenSSL tells how each connection of the process gets on.
void on_progress(const SSL* ssl, int where, int result) {
  if (where != SSL_CB_ACCEPT_EXIT || result > 0)
    return;
  auto error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
    return;
  report_refused_peer(SSL_get_fd(ssl), describe(ssl, error));
  // CAF would leave it in the queue of the thread, and take it for the fault of
  // whoever speaks next. A handshake that fails at once is told to nobody else.
  ERR_clear_error();
}

// -- room for CAF to open its files -------------------------------------------

/// The limit as it is but for the moments in which CAF loads files. Only the
/// thread that has raised it puts it back.
thread_local std::optional<rlimit> put_back;

void raise_limit() {
  rlimit x{};
  if (put_back || getrlimit(RLIMIT_NOFILE, &x) != 0 || x.rlim_cur == x.rlim_max)
    return;
  auto more = x;
  more.rlim_cur = x.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &more) == 0)
    put_back = x;
}

void lower_limit() {
  if (put_back)
    setrlimit(RLIMIT_NOFILE, &*put_back);
  put_back.reset();
}

// -- hooks --------------------------------------------------------------------

/// A context is made; CAF makes one for each connection and loads the files
/// next.
void on_new_context(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_CTX_set_info_callback(static_cast<SSL_CTX*>(parent), on_progress);
  raise_limit();
}

/// Then it makes the connection.
void on_new_connection(void*, void*, CRYPTO_EX_DATA*, int, long, void*) {
  lower_limit();
}

void hook_up() {
  static std::once_flag once;
  std::call_once(once, [] {
    SSL_CTX_get_ex_new_index(0, nullptr, on_new_context, nullptr, nullptr);
    SSL_get_ex_new_index(0, nullptr, on_new_connection, nullptr, nullptr);
  });
}

} // namespace

void report_refused_peer(int fd, refused_peer what) {
  sockaddr_storage here{};
  socklen_t size = sizeof(here);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0)
    return;
  sockaddr_storage there{};
  size = sizeof(there);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&there), &size) == 0)
    what.address = address_of(there);
  std::lock_guard lock{guard};
  if (auto i = listeners().find(port_of(here)); i != listeners().end())
    (*i->second)(what);
}

peer_watch::peer_watch(listener tell) : tell_(std::move(tell)) {
  hook_up();
}

peer_watch::~peer_watch() {
  std::lock_guard lock{guard};
  std::erase_if(listeners(), [this](auto& x) { return x.second == &tell_; });
}

void peer_watch::set_port(std::uint16_t port) {
  std::lock_guard lock{guard};
  listeners()[port] = &tell_;
}

} // namespace bqs
