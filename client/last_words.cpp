#include "client/last_words.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Enough for receipts to whoever reads.
constexpr auto time_to_read = 2s;

void shut_down(const last_words::sockets& x) {
  for (auto fd : x)
    ::shutdown(fd, SHUT_RDWR);
}

} // namespace

last_words::~last_words() {
  end();
}

void last_words::begin(const sockets& waiting) {
  sockets ours;
  for (auto fd : waiting) {
    auto copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0)
      ours.push_back(copy);
    else
      ::shutdown(fd, SHUT_RDWR);
  }
  if (ours.empty())
    return;
  auto wait = [this, ours] {
    std::unique_lock lock{guard_};
    if (!changed_.wait_for(lock, time_to_read, [this] { return over_; }))
      shut_down(ours);
    for (auto fd : ours)
      ::close(fd);
  };
  try {
    thread_ = std::thread{wait};
  } catch (const std::system_error&) { // there are too many threads
    shut_down(ours);
    for (auto fd : ours)
      ::close(fd);
  }
}

void last_words::end() {
  {
    std::lock_guard lock{guard_};
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

} // namespace bqs
