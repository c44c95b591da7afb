#include "sandbox/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace bqs::sandbox {

namespace {

// The library would read a head without an end for ever.
constexpr std::size_t max_head = 128u << 10;
constexpr std::size_t flush_at = 1u << 20;
constexpr int idle_milliseconds = 600'000;
constexpr int stall_milliseconds = 60'000;
constexpr std::chrono::seconds linger_time{2};

} // namespace

bool wire::wait_for_request() {
  head_ = true;
  given_ = 0;
  return pos_ < end_ || wait(POLLIN, idle_milliseconds);
}

bool wire::flush() {
  std::size_t done = 0;
  while (done < out_.size() && !broken_) {
    auto n = ::send(fd_, out_.data() + done, out_.size() - done,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
      done += static_cast<std::size_t>(n);
    else if (n < 0 && errno == EINTR)
      continue;
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
             || !wait(POLLOUT, stall_milliseconds))
      broken_ = true;
  }
  out_.clear();
  return !broken_;
}

void wire::mute() {
  muted_ = true;
  out_.clear();
}

void wire::linger() {
  ::shutdown(fd_, SHUT_WR);
  auto end = std::chrono::steady_clock::now() + linger_time;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !wait(POLLIN, static_cast<int>(left.count())))
      return;
    if (::recv(fd_, in_.data(), in_.size(), 0) <= 0)
      return;
  }
}

ssize_t wire::read(char* to, std::size_t size) {
  if (pos_ == end_) {
    // Such as `100 Continue`: the peer may be waiting for it.
    if (!out_.empty() && !flush())
      return -1;
    auto n = ssize_t{-1};
    do {
      if (!wait(POLLIN, stall_milliseconds))
        break;
      n = ::recv(fd_, in_.data(), in_.size(), 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
      broken_ = true;
      return n;
    }
    pos_ = 0;
    end_ = static_cast<std::size_t>(n);
  }
  auto n = std::min(size, end_ - pos_);
  if (head_ && (given_ += n) > max_head) {
    broken_ = true;
    return -1;
  }
  std::memcpy(to, in_.data() + pos_, n);
  pos_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t wire::write(const char* from, std::size_t size) {
  if (broken_)
    return -1;
  if (!muted_)
    out_.append(from, size);
  if (out_.size() >= flush_at && !flush())
    return -1;
  return static_cast<ssize_t>(size);
}

bool wire::wait(short events, int milliseconds) const {
  pollfd x{fd_, events, 0};
  for (;;) {
    auto n = ::poll(&x, 1, milliseconds);
    if (n >= 0 || errno != EINTR)
      return n > 0;
  }
}

} // namespace bqs::sandbox
