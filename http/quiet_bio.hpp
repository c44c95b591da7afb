#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstddef>

namespace bqs::http {

namespace internal {

inline int write_quietly(BIO* bio, const char* data, int size) {
  auto fd = -1;
  BIO_get_fd(bio, &fd);
  BIO_clear_retry_flags(bio);
  auto more = BIO_get_data(bio) != nullptr ? MSG_MORE : 0;
  auto n
    = ::send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL | more);
  if (n < 0 && BIO_sock_should_retry(-1) != 0)
    BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

/// OpenSSL's socket BIO, but for the writing. Lives as long as the process.
inline const BIO_METHOD* quiet_socket() {
  static const auto* instance = [] {
    const auto* base = BIO_s_socket();
    auto* result = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (result != nullptr) {
      BIO_meth_set_write(result, write_quietly);
      BIO_meth_set_read(result, BIO_meth_get_read(base));
      BIO_meth_set_puts(result, BIO_meth_get_puts(base));
      BIO_meth_set_ctrl(result, BIO_meth_get_ctrl(base));
      BIO_meth_set_create(result, BIO_meth_get_create(base));
      BIO_meth_set_destroy(result, BIO_meth_get_destroy(base));
    }
    return result;
  }();
  return instance;
}

} // namespace internal

/// `SSL_set_fd`, but that no write to a peer that has left raises SIGPIPE,
/// which would end a program that does not ignore it. Leaves the socket open at
/// the end. Returns whether there was memory for it.
inline bool attach_quietly(SSL* tls, int fd) {
  auto* method = internal::quiet_socket();
  auto* bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr)
    return false;
  BIO_set_fd(bio, fd, BIO_NOCLOSE);
  SSL_set_bio(tls, bio, bio);
  return true;
}

/// Says whether the next record to be written has another one right behind it:
/// then the kernel fills its packets. For what `attach_quietly` has attached.
inline void announce_more(SSL* tls, bool more) {
  static char yes;
  BIO_set_data(SSL_get_wbio(tls), more ? &yes : nullptr);
}

} // namespace bqs::http
