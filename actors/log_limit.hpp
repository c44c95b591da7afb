#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace bqs {

/// Keeps whoever can make us write a line to the log from filling it: one line
/// per period says how many there would have been.
class log_limit {
public:
  using clock = std::chrono::steady_clock;

  explicit log_limit(clock::duration period) : period_(period) {
    // nop
  }

  /// Something happened. Returns how many times since the last line, this one
  /// included, if it is time for a line; else 0.
  std::uint64_t count(clock::time_point now) {
    ++since_;
    if (last_ && now - *last_ < period_)
      return 0;
    last_ = now;
    auto result = since_;
    since_ = 0;
    return result;
  }

private:
  clock::duration period_;
  std::optional<clock::time_point> last_;
  std::uint64_t since_ = 0;
};

} // namespace bqs
