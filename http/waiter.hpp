#pragma once

#include <chrono>

namespace bqs::http {

/// The only place where an exchange waits: one deadline for all of it, and a
/// descriptor that becomes readable when the exchange is cancelled.
class waiter {
public:
  using clock = std::chrono::steady_clock;

  waiter(int cancel_fd, clock::time_point deadline) noexcept;

  /// Waits for `events` on `fd`; errors and hang-ups count. Returns what came,
  /// or 0 if the deadline or a cancel ended the wait.
  short wait(int fd, short events) const noexcept;

  bool cancelled() const noexcept;
  bool expired() const noexcept;
  clock::duration left() const noexcept;

  /// The same, but not beyond `sooner`.
  waiter until(clock::time_point sooner) const noexcept;

  /// Says which of the two ended a wait.
  const char* why() const noexcept;

private:
  int cancel_fd_;
  clock::time_point deadline_;
};

} // namespace bqs::http
