#include "sandbox/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include <poll.h>

namespace bqs::sandbox {

namespace {

// The library would read a head without an end for ever.
constexpr std::size_t max_head = 128u << 10;
constexpr std::size_t flush_at = 1u << 20;
constexpr int write_milliseconds = 60'000;
constexpr std::chrono::seconds linger_time{2};

bool is_temporary(int error) {
  return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

int bounded(std::chrono::milliseconds x) {
  return static_cast<int>(
    std::clamp<std::int64_t>(x.count(), 0, std::numeric_limits<int>::max()));
}

/// Returns a head with a `Keep-Alive` that is true: the library tells of
/// limits that are not ours.
std::string with_keep_alive(std::string head, std::chrono::milliseconds idle) {
  constexpr std::string_view name = "\r\nKeep-Alive: ";
  auto at = head.find(name);
  if (at == std::string::npos)
    return head;
  at += name.size();
  auto seconds = std::chrono::floor<std::chrono::seconds>(idle).count();
  return head.replace(at, head.find("\r\n", at) - at,
                      "timeout=" + std::to_string(seconds));
}

} // namespace

bool wire::wait_for_request() {
  head_ = true;
  given_ = 0;
  held_ = false;
  auto come = pos_ < end_ || line_->wait(POLLIN, bounded(waits_.idle));
  head_end_ = clock::now() + waits_.request;
  return come;
}

bool wire::flush() {
  return flush(out_.size());
}

bool wire::flush(std::size_t size) {
  size = std::min(size, out_.size());
  std::size_t done = 0;
  while (done < size && !broken_) {
    auto n = line_->send(out_.data() + done, size - done);
    if (n > 0)
      done += static_cast<std::size_t>(n);
    else if (n < 0 && errno == EINTR)
      continue;
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
             || !line_->wait(POLLOUT, write_milliseconds))
      broken_ = true;
  }
  out_.erase(0, size);
  return !broken_;
}

void wire::mute() {
  muted_ = true;
  out_.clear();
}

void wire::linger() {
  line_->finish();
  auto end = std::chrono::steady_clock::now() + linger_time;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      end - std::chrono::steady_clock::now());
    if (left.count() <= 0
        || !line_->wait(POLLIN, static_cast<int>(left.count())))
      return;
    auto n = line_->receive(in_.data(), in_.size());
    if (n == 0 || (n < 0 && !is_temporary(errno)))
      return;
  }
}

ssize_t wire::read(char* to, std::size_t size) {
  if (late_)
    return -1;
  if (pos_ == end_) {
    // Such as `100 Continue`: the peer may be waiting for it.
    if (!out_.empty() && !flush())
      return -1;
    auto n = ssize_t{-1};
    auto end = head_ ? head_end_ : clock::now() + waits_.request;
    do {
      auto left
        = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
      late_ = !line_->wait(POLLIN, bounded(left));
      if (late_)
        return -1;
      n = line_->receive(in_.data(), in_.size());
    } while (n < 0 && is_temporary(errno));
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
  // The library writes a head in one piece.
  if (std::string_view{from, size}.starts_with("HTTP/1.1 "))
    out_ += muted_ ? "" : with_keep_alive({from, size}, waits_.idle);
  else if (!muted_)
    out_.append(from, size);
  if (!held_ && out_.size() >= flush_at && !flush())
    return -1;
  return static_cast<ssize_t>(size);
}

} // namespace bqs::sandbox
