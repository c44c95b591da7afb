#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace bqs::sandbox {

/// Accepts connections on a loopback address and gives each a thread: an idle
/// keep-alive connection must not keep another one waiting.
class listener {
public:
  /// Serves a connection to its end; does not close it.
  using session = std::function<void(int fd)>;

  /// @throws std::runtime_error with one line.
  listener(const std::string& address, std::uint16_t port, session serve);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  std::uint16_t port() const noexcept {
    return port_;
  }

  /// Shuts all connections down and waits for their threads.
  void stop();

private:
  struct connection {
    int fd = -1;
    bool done = false;
    std::thread thread;
  };

  void accept_all();
  void start(int fd);
  void reap();

  session serve_;
  int socket_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<connection> connections_;
  std::thread acceptor_;
};

} // namespace bqs::sandbox
