#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bqs::http {

/// What became of one attempt to move bytes.
enum class transfer : std::uint8_t {
  /// At least one byte was moved.
  moved,
  /// Nothing could be moved now; `channel::wants` says what to wait for.
  blocked,
  /// The peer has ended its side in good order.
  ended,
  /// The connection is unusable; `channel::fault` says why.
  broken,
};

/// A connected non-blocking socket, with TLS or without. Owns neither.
class channel {
public:
  explicit channel(int fd, SSL* tls = nullptr) noexcept : fd_(fd), tls_(tls) {
    // nop
  }

  /// Counts what it moved in `moved`, as do all of these.
  transfer read(char* data, std::size_t size, std::size_t& moved);

  /// Writes `first`, which may be empty, and then `second`. Without TLS that is
  /// one system call; with it they are records of their own.
  transfer write(std::string_view first, std::string_view second,
                 std::size_t& moved);

  /// Continues the handshake; `moved` means that it is finished.
  transfer handshake();

  /// Whether nothing waits to be read: neither an answer nor an end. TLS
  /// messages that carry no data (session tickets) are taken in on the way.
  bool quiet();

  int fd() const noexcept {
    return fd_;
  }
  /// POLLIN or POLLOUT.
  short wants() const noexcept {
    return wants_;
  }
  const std::string& fault() const noexcept {
    return fault_;
  }

private:
  transfer write_record(std::string_view text, bool more, std::size_t& moved);
  transfer judge_socket(short wanted);
  transfer judge_tls(int result);
  transfer broken(std::string why);

  int fd_;
  SSL* tls_;
  short wants_ = 0;
  std::string fault_;
};

} // namespace bqs::http
