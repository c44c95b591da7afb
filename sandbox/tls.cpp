#include "sandbox/tls.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bqs::sandbox {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds handshake_time{10};

/// Returns why OpenSSL failed first; empties its queue.
std::string reason() {
  auto text = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return text != nullptr ? text : "no reason given";
}

void check_readable(const std::string& what, const std::string& file) {
  if (::access(file.c_str(), R_OK) != 0)
    throw std::runtime_error("cannot read the " + what + " " + file + ": "
                             + std::strerror(errno));
  // OpenSSL would wait for a pipe.
  if (std::error_code x; !std::filesystem::is_regular_file(file, x))
    throw std::runtime_error("cannot read the " + what + " " + file
                             + ": not a file");
}

void check(bool ok, const std::string& what, const std::string& file) {
  if (!ok)
    throw std::runtime_error("cannot use the " + what + " " + file + ": "
                             + reason());
}

class tls_transport final : public transport {
public:
  tls_transport(SSL_CTX* context, int fd) : fd_(fd), raw_(SSL_new(context)) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (raw_ != nullptr)
      SSL_set_fd(raw_.get(), fd);
  }

  bool accept() {
    auto end = steady::now() + handshake_time;
    while (raw_ != nullptr) {
      ERR_clear_error();
      if (note(SSL_accept(raw_.get()), for_reading_) == 1)
        return true;
      auto left
        = std::chrono::ceil<std::chrono::milliseconds>(end - steady::now());
      if (errno != EAGAIN || left.count() <= 0
          || !wait(POLLIN, static_cast<int>(left.count())))
        return false;
    }
    return false;
  }

  ssize_t receive(char* to, std::size_t size) override {
    ERR_clear_error();
    return note(SSL_read(raw_.get(), to, bounded(size)), for_reading_);
  }

  ssize_t send(const char* from, std::size_t size) override {
    ERR_clear_error();
    return note(SSL_write(raw_.get(), from, bounded(size)), for_writing_);
  }

  bool wait(short events, int milliseconds) const override {
    if (events == POLLIN && SSL_pending(raw_.get()) > 0)
      return true;
    return poll_socket(fd_, events == POLLIN ? for_reading_ : for_writing_,
                       milliseconds);
  }

  void finish() override {
    ERR_clear_error();
    SSL_shutdown(raw_.get());
    ::shutdown(fd_, SHUT_WR);
  }

private:
  struct closer {
    void operator()(SSL* x) const noexcept {
      SSL_free(x);
    }
  };

  static int bounded(std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(size, most));
  }

  /// Turns what OpenSSL returned into what a socket would.
  /// @param waits_for becomes what the socket must be ready for.
  int note(int result, short& waits_for) {
    if (result > 0)
      return result;
    auto error = SSL_get_error(raw_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN)
      return 0;
    auto again = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    if (again)
      waits_for = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    errno = again ? EAGAIN : ECONNRESET;
    return -1;
  }

  int fd_;
  std::unique_ptr<SSL, closer> raw_;
  short for_reading_ = POLLIN;
  short for_writing_ = POLLOUT;
};

} // namespace

void tls_context::closer::operator()(ssl_ctx_st* x) const noexcept {
  SSL_CTX_free(x);
}

tls_context::tls_context(const std::string& cert, const std::string& key)
  : raw_(SSL_CTX_new(TLS_server_method())) {
  auto raw = raw_.get();
  if (raw == nullptr)
    throw std::runtime_error("cannot use TLS: " + reason());
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // Idle connections give their buffers back; answers are in a buffer that
  // moves as it grows.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // It must not ask on a terminal.
  SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return -1; });
  check_readable("certificate", cert);
  check(SSL_CTX_use_certificate_chain_file(raw, cert.c_str()) == 1,
        "certificate", cert);
  check_readable("key", key);
  check(SSL_CTX_use_PrivateKey_file(raw, key.c_str(), SSL_FILETYPE_PEM) == 1,
        "key", key);
}

std::unique_ptr<transport> tls_context::accept(int fd) const {
  auto result = std::make_unique<tls_transport>(raw_.get(), fd);
  if (!result->accept())
    return nullptr;
  return result;
}

} // namespace bqs::sandbox
