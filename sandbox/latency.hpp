#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string_view>

#include "sandbox/quantities.hpp"

namespace bqs::sandbox {

/// How long an answer takes: a time, or one that varies evenly, plus one that
/// is mostly short and sometimes very long (log-normal), plus what the bytes
/// of the request cost.
struct latency_model {
  time_range even;
  /// 0: nothing log-normal is added.
  std::chrono::microseconds median{0};
  double sigma = 0;
  /// For each 1,000,000 bytes.
  std::chrono::microseconds per_mb{0};
  /// No answer takes longer.
  std::optional<std::chrono::microseconds> most;

  bool empty() const noexcept {
    return even.to.count() == 0 && median.count() == 0 && per_mb.count() == 0;
  }
};

/// A latency whose random part is decided.
struct drawn_latency {
  std::chrono::microseconds base{0};
  std::chrono::microseconds per_mb{0};
  std::optional<std::chrono::microseconds> most;

  /// Returns what a request of that size waits.
  std::chrono::microseconds of(std::size_t bytes) const;
};

/// Decides the random part.
drawn_latency draw(const latency_model& x, std::mt19937_64& dice);

/// Reads terms with `+` between them: `50ms`, `10ms..200ms`,
/// `lognormal:MEDIAN:SIGMA`; at most one of either kind. False if that is not
/// what it says.
bool read_latency(std::string_view text, latency_model& out);

} // namespace bqs::sandbox
