#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace bqs::sandbox {

/// A line that carries so many bytes in a second, of all who share it. From any
/// thread.
class narrow_line {
public:
  using time_point = std::chrono::system_clock::time_point;

  explicit narrow_line(double bytes_per_second) : rate_(bytes_per_second) {
    // nop
  }

  /// Bytes have come.
  /// @returns how long the line is still busy with them and with what came
  ///          before: whoever has read them waits so long before the next.
  std::chrono::microseconds carry(std::size_t bytes, time_point now);

private:
  const double rate_;
  std::mutex mutex_;
  time_point free_at_{};
};

} // namespace bqs::sandbox
