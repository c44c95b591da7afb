#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bqs::sandbox::test {

/// The other end of a connection, byte by byte, for what no decent client
/// sends. Gives up after a while instead of hanging.
class raw_client {
public:
  explicit raw_client(std::uint16_t port)
    : raw_client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected
      = ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0;
  }

  explicit raw_client(int open_fd) : fd(open_fd) {
    timeval patience{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }

  ~raw_client() {
    ::close(fd);
  }

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool send(std::string_view x) {
    while (!x.empty()) {
      auto n = ::send(fd, x.data(), x.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      x.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  void finish() {
    ::shutdown(fd, SHUT_WR);
  }

  /// Reads to the end, or until `stop_at` has come. `error` says how it
  /// ended: 0 for an orderly end.
  std::string receive(std::string_view stop_at = {}) {
    std::string result;
    std::array<char, 4096> part;
    for (;;) {
      if (!stop_at.empty() && result.find(stop_at) != std::string::npos)
        return result;
      auto n = ::recv(fd, part.data(), part.size(), 0);
      error = n < 0 ? errno : 0;
      if (n <= 0)
        return result;
      result.append(part.data(), static_cast<std::size_t>(n));
    }
  }

  int fd;
  bool connected = true;
  int error = 0;
};

} // namespace bqs::sandbox::test
