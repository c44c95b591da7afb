#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/channel.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

/// Most bytes of an answer's status line and header fields.
inline constexpr std::size_t max_answer_head = 8192;
/// Most bytes of a status line: cpp-httplib matches it with a recursive regex
/// that overflows a small stack at 8 KiB and any stack at 32 KiB.
inline constexpr std::size_t max_status_line = 1024;

/// What cpp-httplib reads from and writes to during one exchange. Nothing in
/// it waits beyond the exchange's deadline, and the answer has bounds. When
/// the peer answers before it has taken the whole body, the rest of the body
/// is swallowed here, so that the library goes on to read the answer instead
/// of losing it to a failed write.
class guarded_stream final : public httplib::Stream {
public:
  /// @param head of the request, which leaves in place of the library's own
  /// @param body_follows the head leaves together with a body
  /// @param write_limit how long the writing may stand still
  /// @param read_limit the same of the reading
  guarded_stream(const channel& wire, const waiter& patience,
                 std::string_view head, bool body_follows,
                 std::chrono::milliseconds write_limit,
                 std::chrono::milliseconds read_limit) noexcept;

  // -- for the library --------------------------------------------------------

  ssize_t write(const char* data, std::size_t size) override;
  ssize_t read(char* data, std::size_t size) override;
  bool is_readable() const override;
  bool is_writable() const override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override;

  // -- for the connection -----------------------------------------------------

  /// The head is read; from here on `bytes` more may come, whatever the body
  /// is after decompression.
  void expect_body(std::size_t bytes) noexcept;

  /// Bytes of the body that the kernel took.
  std::size_t body_written() const noexcept {
    return written_ > head_.size() ? written_ - head_.size() : 0;
  }
  std::size_t written() const noexcept {
    return written_;
  }
  std::size_t received() const noexcept {
    return received_;
  }
  /// Something came behind the answer.
  bool has_leftover() const noexcept {
    return begin_ != end_;
  }
  /// The last bytes read were an empty line: what ends a chunked body.
  bool at_empty_line() const noexcept {
    return last_ == std::array{'\r', '\n', '\r', '\n'};
  }
  bool early() const noexcept {
    return early_;
  }
  bool timed_out() const noexcept {
    return timed_out_;
  }
  /// How long nothing moved, if that ended the exchange; else 0.
  std::chrono::milliseconds stood_still() const noexcept {
    return stood_still_;
  }
  bool cancelled() const noexcept {
    return cancelled_;
  }
  bool too_large() const noexcept {
    return too_large_;
  }
  /// Why the connection broke, if it did.
  std::string fault() const {
    return malformed_ ? "its head is malformed" : wire_.fault();
  }

private:
  bool wait(short events, std::chrono::milliseconds most);
  transfer fill();
  bool send(std::string_view body);
  bool peer_spoke();
  bool swallow();
  bool within_bounds(const char* data, std::size_t size) noexcept;
  bool is_fine_in_head(char c) noexcept;

  channel wire_;
  waiter patience_;
  std::chrono::milliseconds write_limit_;
  std::chrono::milliseconds read_limit_;
  /// When bytes moved last.
  waiter::clock::time_point moved_at_;
  std::chrono::milliseconds stood_still_{0};
  bool early_ = false;
  bool timed_out_ = false;
  bool cancelled_ = false;
  bool too_large_ = false;
  bool malformed_ = false;

  std::string_view head_;
  bool body_follows_;
  bool began_ = false;
  /// So many bytes may leave before the next look for an early answer.
  std::size_t look_at_;
  std::size_t written_ = 0;
  std::size_t received_ = 0;

  // What is handed out is bounded, so that no byte goes uncounted.
  std::size_t given_ = 0;
  std::size_t bound_ = max_answer_head;
  bool in_head_ = true;
  bool in_status_line_ = false;
  bool in_name_ = false;
  char before_ = 0;
  std::size_t line_ = 0;
  std::array<char, 4> last_{};

  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, 16384> buffer_; // one whole TLS record
};

} // namespace bqs::http
