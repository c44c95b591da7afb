#include "http/guarded_stream.hpp"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace bqs::http {

namespace {

/// Between two looks for an early answer, while the kernel takes what it is
/// given.
constexpr std::size_t look_every = 128u << 10;

/// Offered to it at once: more than most requests have. While the peer reads on
/// it would take any number.
constexpr std::size_t most_at_once = 2u << 20;

} // namespace

// The buffer is filled before it is read.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
guarded_stream::guarded_stream(const channel& wire, const waiter& patience,
                               std::string_view head, bool body_follows,
                               std::chrono::milliseconds write_limit,
                               std::chrono::milliseconds read_limit) noexcept
  : wire_(wire), patience_(patience), write_limit_(write_limit),
    read_limit_(read_limit), moved_at_(waiter::clock::now()), head_(head),
    body_follows_(body_follows), look_at_(look_every) {
  // nop
}

// -- for the library ----------------------------------------------------------

ssize_t guarded_stream::write(const char* data, std::size_t size) {
  std::string_view body{data, size};
  // The library writes its own head first, and at once.
  if (!std::exchange(began_, true)) {
    if (body_follows_)
      return static_cast<ssize_t>(size);
    body = {};
  }
  return early_ || send(body) ? static_cast<ssize_t>(size) : -1;
}

ssize_t guarded_stream::read(char* data, std::size_t size) {
  while (begin_ == end_) {
    switch (fill()) {
      case transfer::moved:
        break;
      case transfer::blocked:
        if (!wait(wire_.wants(), read_limit_))
          return -1;
        break;
      case transfer::ended:
        return 0;
      case transfer::broken:
        return -1;
    }
  }
  auto n = std::min(size, end_ - begin_);
  std::memcpy(data, buffer_.data() + begin_, n);
  begin_ += n;
  if (within_bounds(data, n))
    return static_cast<ssize_t>(n);
  too_large_ = !malformed_;
  return -1;
}

bool guarded_stream::is_readable() const {
  return true; // read() waits by itself
}

bool guarded_stream::is_writable() const {
  return true; // write() waits by itself
}

void guarded_stream::get_remote_ip_and_port(std::string&, int&) const {
  // nop
}

void guarded_stream::get_local_ip_and_port(std::string&, int&) const {
  // nop
}

socket_t guarded_stream::socket() const {
  return wire_.fd();
}

// -- for the connection -------------------------------------------------------

void guarded_stream::expect_body(std::size_t bytes) noexcept {
  in_head_ = false;
  bound_ = given_ + bytes;
}

// -- implementation -----------------------------------------------------------

bool guarded_stream::wait(short events, std::chrono::milliseconds most) {
  if (patience_.until(moved_at_ + most).wait(wire_.fd(), events) != 0)
    return true;
  cancelled_ = patience_.cancelled();
  timed_out_ = !cancelled_;
  if (timed_out_ && !patience_.expired())
    stood_still_ = most;
  return false;
}

transfer guarded_stream::fill() {
  if (begin_ != end_)
    return transfer::moved;
  std::size_t moved = 0;
  auto result = wire_.read(buffer_.data(), buffer_.size(), moved);
  if (result == transfer::moved) {
    begin_ = 0;
    end_ = moved;
    received_ += moved;
    moved_at_ = waiter::clock::now();
  }
  return result;
}

/// Writes `body`, behind what has not left of the head.
bool guarded_stream::send(std::string_view body) {
  while (written_ < head_.size() || !body.empty()) {
    auto head = head_.substr(std::min(written_, head_.size()));
    std::size_t moved = 0;
    switch (wire_.write(head, body.substr(0, most_at_once), moved)) {
      case transfer::moved:
        body.remove_prefix(moved - std::min(moved, head.size()));
        written_ += moved;
        moved_at_ = waiter::clock::now();
        if (written_ >= look_at_ && !body.empty()) {
          look_at_ = written_ + look_every;
          if (peer_spoke())
            return swallow();
        }
        break;
      case transfer::blocked:
        if (!wait(static_cast<short>(wire_.wants() | POLLIN), write_limit_))
          return false;
        if (peer_spoke())
          return swallow();
        break;
      default:
        // An answer may have come ahead of the reset.
        fill();
        return swallow();
    }
  }
  return true;
}

/// Whether the peer has answered or left while we are still writing.
bool guarded_stream::peer_spoke() {
  pollfd fds[] = {{wire_.fd(), POLLIN, 0}};
  return ::poll(fds, 1, 0) > 0 && fill() != transfer::blocked;
}

/// Ends the writing: well if there is an answer to read, else not.
bool guarded_stream::swallow() {
  early_ = begin_ != end_;
  return early_;
}

bool guarded_stream::within_bounds(const char* data,
                                   std::size_t size) noexcept {
  given_ += size;
  for (std::size_t i = size - std::min(size, last_.size()); i < size; ++i) {
    std::copy(last_.begin() + 1, last_.end(), last_.begin());
    last_.back() = data[i];
  }
  for (std::size_t i = 0; in_head_ && i < size; ++i)
    if (!is_fine_in_head(data[i]))
      return false;
  return given_ <= bound_;
}

/// Takes the next byte of the head. The library ignores lines that others go by
/// as they read on: those that go on with the one before, or whose name has a
/// blank behind it, or that end without a carriage return.
bool guarded_stream::is_fine_in_head(char c) noexcept {
  auto before = std::exchange(before_, c);
  if (line_++ == 0)
    in_status_line_ = c == 'H'; // all that the regex goes into
  if (in_name_ && (c == ' ' || c == '\t'))
    malformed_ = true;
  if (c == ':')
    in_name_ = false;
  if (c == '\n') {
    malformed_ |= before != '\r';
    in_name_ = line_ > 2; // else another answer may follow, behind a 100
    line_ = 0;
  }
  auto fits = c == '\n' || !in_status_line_ || line_ <= max_status_line;
  return fits && !malformed_;
}

} // namespace bqs::http
