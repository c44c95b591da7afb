#pragma once

#include <cstddef>

#include <sys/types.h>

namespace bqs::sandbox {

/// The bytes of one connection, plain or encrypted. One thread at a time.
/// Does not close the socket.
class transport {
public:
  virtual ~transport() = default;

  /// As `recv` that does not wait: 0 at the peer's orderly end, -1 and
  /// `errno` otherwise.
  virtual ssize_t receive(char* to, std::size_t size) = 0;

  /// As `send` that does not wait.
  virtual ssize_t send(const char* from, std::size_t size) = 0;

  /// Waits until it is worth another `receive` (`POLLIN`) or `send`
  /// (`POLLOUT`); false if that did not come in time.
  virtual bool wait(short events, int milliseconds) const = 0;

  /// Ends our side in good order; the peer may still send.
  virtual void finish() = 0;
};

/// A socket as it is.
class plain_transport final : public transport {
public:
  explicit plain_transport(int fd) : fd_(fd) {
    // nop
  }

  ssize_t receive(char* to, std::size_t size) override;
  ssize_t send(const char* from, std::size_t size) override;
  bool wait(short events, int milliseconds) const override;
  void finish() override;

private:
  int fd_;
};

/// Waits for a socket; interruptions do not end that.
bool poll_socket(int fd, short events, int milliseconds);

} // namespace bqs::sandbox
