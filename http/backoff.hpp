#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bqs::http {

/// Exponential backoff with full jitter: the n-th wait is uniform between 0
/// and `base` doubled n times, not above `cap`. BigQuery's SLA asks for
/// exponential waits up to 32 s. The caller brings the chance, so that this
/// stays free of clocks and dice:
///
///     backoff waits{500ms, 32s};
///     auto nap = waits.wait(failures, dice(rng)); // dice: uniform in [0, 1)
class backoff {
public:
  using duration = std::chrono::milliseconds;

  constexpr backoff(duration base, duration cap) noexcept
    : base_(base), cap_(cap) {
    // nop
  }

  /// Returns the longest wait after `failures` (from 1) failures in a row.
  constexpr duration ceiling(std::uint32_t failures) const noexcept {
    auto doublings = failures > 0 ? failures - 1 : 0;
    auto wait = base_;
    while (doublings-- > 0 && wait < cap_)
      wait *= 2;
    return std::min(wait, cap_);
  }

  /// Returns the wait that `point`, in [0, 1), picks.
  constexpr duration wait(std::uint32_t failures, double point) const noexcept {
    return duration{static_cast<std::int64_t>(
      static_cast<double>(ceiling(failures).count()) * point)};
  }

private:
  duration base_;
  duration cap_;
};

} // namespace bqs::http
