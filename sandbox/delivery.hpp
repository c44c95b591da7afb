#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bqs::sandbox {

/// How the bytes of an answer are sent if not at once. The head of the answer
/// is always whole, and tells of the whole body.
struct delivery {
  /// Only so many bytes of the body are sent; then the connection ends.
  std::optional<std::uint64_t> truncate;
  /// The same after half of the body.
  bool truncate_half = false;
  /// A pause: where the answer is truncated, else after half of the body.
  std::chrono::microseconds stall{0};
  /// Bytes of the body per second; 0: as fast as it goes.
  double drip = 0;

  bool truncates() const noexcept {
    return truncate || truncate_half;
  }

  bool empty() const noexcept {
    return !truncates() && stall.count() == 0 && drip == 0;
  }
};

/// Bytes that are sent in one piece, and the pause that follows; so many times.
struct portion {
  std::size_t bytes = 0;
  std::chrono::microseconds pause{0};
  std::size_t times = 1;

  friend bool operator==(const portion&, const portion&) = default;
};

/// Cuts an answer of `head` + `body` bytes into what is sent of it.
std::vector<portion> cut_answer(std::size_t head, std::size_t body,
                                const delivery& how);

} // namespace bqs::sandbox
