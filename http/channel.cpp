#include "http/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include "http/openssl_ptr.hpp"
#include "http/quiet_bio.hpp"

namespace bqs::http {

transfer channel::read(char* data, std::size_t size, std::size_t& moved) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return judge_tls(SSL_read_ex(tls_, data, size, &moved));
  }
  auto n = ::recv(fd_, data, size, 0);
  if (n < 0)
    return judge_socket(POLLIN);
  moved = static_cast<std::size_t>(n);
  return n > 0 ? transfer::moved : transfer::ended;
}

transfer channel::write(std::string_view first, std::string_view second,
                        std::size_t& moved) {
  if (tls_ != nullptr)
    return first.empty() ? write_record(second, false, moved)
                         : write_record(first, !second.empty(), moved);
  iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                   {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  auto n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
  if (n < 0)
    return judge_socket(POLLOUT);
  moved = static_cast<std::size_t>(n);
  return transfer::moved;
}

transfer channel::handshake() {
  ERR_clear_error();
  return judge_tls(SSL_do_handshake(tls_));
}

bool channel::quiet() {
  char byte = 0;
  if (tls_ == nullptr) {
    auto n = ::recv(fd_, &byte, 1, MSG_PEEK);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  std::size_t moved = 0;
  ERR_clear_error();
  return judge_tls(SSL_peek_ex(tls_, &byte, 1, &moved)) == transfer::blocked;
}

transfer channel::write_record(std::string_view text, bool more,
                               std::size_t& moved) {
  ERR_clear_error();
  announce_more(tls_, more || text.size() > SSL3_RT_MAX_PLAIN_LENGTH);
  return judge_tls(SSL_write_ex(tls_, text.data(), text.size(), &moved));
}

transfer channel::judge_socket(short wanted) {
  wants_ = wanted;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return transfer::blocked;
  return broken(std::system_category().message(errno));
}

transfer channel::judge_tls(int result) {
  if (result > 0)
    return transfer::moved;
  auto code = errno;
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      wants_ = POLLIN;
      return transfer::blocked;
    case SSL_ERROR_WANT_WRITE:
      wants_ = POLLOUT;
      return transfer::blocked;
    case SSL_ERROR_ZERO_RETURN:
      return transfer::ended;
    case SSL_ERROR_SYSCALL:
      if (code != 0)
        return broken(std::system_category().message(code));
      [[fallthrough]];
    default:
      // Among them an end without close_notify: cut off, not ended.
      return broken("TLS: " + openssl_reason());
  }
}

transfer channel::broken(std::string why) {
  fault_ = std::move(why);
  return transfer::broken;
}

} // namespace bqs::http
