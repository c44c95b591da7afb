#include "app/signals.hpp"

#include <csignal>
#include <ctime>

namespace bqs::app {

namespace {

sigset_t ours() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

} // namespace

void take_signals() {
  auto set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> next_signal(std::chrono::milliseconds most) {
  auto set = ours();
  auto seconds = std::chrono::floor<std::chrono::seconds>(most);
  timespec limit{};
  limit.tv_sec = seconds.count();
  limit.tv_nsec = std::chrono::nanoseconds{most - seconds}.count();
  auto signal = sigtimedwait(&set, nullptr, &limit);
  if (signal < 0)
    return std::nullopt;
  return signal;
}

} // namespace bqs::app
