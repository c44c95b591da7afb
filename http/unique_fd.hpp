#pragma once

#include <unistd.h>

#include <utility>

namespace bqs::http {

/// Owns a file descriptor.
class unique_fd {
public:
  explicit unique_fd(int fd = -1) noexcept : fd_(fd) {
    // nop
  }
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {
    // nop
  }
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (auto old = std::exchange(fd_, other.release()); old >= 0)
      ::close(old);
    return *this;
  }
  ~unique_fd() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }
  int release() noexcept {
    return std::exchange(fd_, -1);
  }
  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

private:
  int fd_;
};

} // namespace bqs::http
