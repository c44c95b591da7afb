#include "sandbox/narrow_line.hpp"

#include <algorithm>

namespace bqs::sandbox {

namespace {

using namespace std::chrono_literals;

/// What was missed for so long is made up for: those who wait oversleep.
constexpr auto credit = 5ms;

/// Less is not worth a wait; it is waited for with what comes next.
constexpr auto shortest_wait = 1ms;

} // namespace

std::chrono::microseconds narrow_line::carry(std::size_t bytes,
                                             time_point now) {
  using std::chrono::duration_cast;
  std::chrono::duration<double> time{static_cast<double>(bytes) / rate_};
  std::lock_guard guard{mutex_};
  free_at_ = std::max(free_at_, now - credit)
             + duration_cast<time_point::duration>(time);
  auto busy = duration_cast<std::chrono::microseconds>(free_at_ - now);
  return busy < shortest_wait ? 0us : busy;
}

} // namespace bqs::sandbox
