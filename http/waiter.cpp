#include "http/waiter.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace bqs::http {

using std::chrono::milliseconds;

waiter::waiter(int cancel_fd, clock::time_point deadline) noexcept
  : cancel_fd_(cancel_fd), deadline_(deadline) {
  // nop
}

short waiter::wait(int fd, short events) const noexcept {
  for (;;) {
    // Rounded up, or the last millisecond would spin.
    auto rest = std::chrono::ceil<milliseconds>(left()).count();
    if (rest <= 0)
      return 0;
    pollfd fds[] = {{fd, events, 0}, {cancel_fd_, POLLIN, 0}};
    auto hour = milliseconds{std::chrono::hours{1}}.count();
    auto n = ::poll(fds, 2, static_cast<int>(std::min(rest, hour)));
    if (n < 0 && errno != EINTR)
      return 0;
    if (n > 0 && fds[1].revents != 0)
      return 0;
    if (n > 0 && fds[0].revents != 0)
      return fds[0].revents;
  }
}

bool waiter::cancelled() const noexcept {
  pollfd fds[] = {{cancel_fd_, POLLIN, 0}};
  return ::poll(fds, 1, 0) > 0;
}

bool waiter::expired() const noexcept {
  return left() <= clock::duration::zero();
}

waiter::clock::duration waiter::left() const noexcept {
  return deadline_ - clock::now();
}

waiter waiter::until(clock::time_point sooner) const noexcept {
  return {cancel_fd_, std::min(deadline_, sooner)};
}

const char* waiter::why() const noexcept {
  return cancelled() ? "cancelled" : "timed out";
}

} // namespace bqs::http
