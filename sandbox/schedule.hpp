#pragma once

#include <chrono>
#include <optional>

namespace bqs::sandbox {

/// When a fault is in force, counted from the moment at which it was set:
/// from `from` on, for `length`, and again after each `period`.
struct schedule {
  std::chrono::microseconds from{0};
  /// Absent: without end.
  std::optional<std::chrono::microseconds> length;
  /// Absent: once.
  std::optional<std::chrono::microseconds> period;

  bool active(std::chrono::microseconds since_set) const noexcept;
};

} // namespace bqs::sandbox
