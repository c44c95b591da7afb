#include "sandbox/transport.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

namespace bqs::sandbox {

ssize_t plain_transport::receive(char* to, std::size_t size) {
  return ::recv(fd_, to, size, MSG_DONTWAIT);
}

ssize_t plain_transport::send(const char* from, std::size_t size) {
  return ::send(fd_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool plain_transport::wait(short events, int milliseconds) const {
  return poll_socket(fd_, events, milliseconds);
}

void plain_transport::finish() {
  ::shutdown(fd_, SHUT_WR);
}

bool poll_socket(int fd, short events, int milliseconds) {
  pollfd x{fd, events, 0};
  for (;;) {
    auto n = ::poll(&x, 1, milliseconds);
    if (n >= 0 || errno != EINTR)
      return n > 0;
  }
}

} // namespace bqs::sandbox
