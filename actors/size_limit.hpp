#pragma once

#include <cstddef>
#include <cstdint>

namespace bqs {

/// How large a body a table's requests may have, learned from how larger ones
/// fared. Something between us and the service may allow less than the service
/// says it does.
class size_limit {
public:
  /// Never learned to be less, in bytes.
  static constexpr std::size_t floor = 64u << 10;
  /// Only larger bodies are suspected when a connection breaks.
  static constexpr std::size_t suspect = 1u << 20;

  /// @param ceiling the most that the settings allow, in bytes.
  explicit size_limit(std::size_t ceiling) noexcept
    : ceiling_(ceiling), bytes_(ceiling) {
    // nop
  }

  /// Most bytes of the next body.
  std::size_t bytes() const noexcept {
    return bytes_;
  }

  /// A body was refused for its size.
  void refused(std::size_t bytes) noexcept;

  /// The connection closed while a body was being sent. By itself that proves
  /// nothing. Returns whether its size is to blame, and learns from it: a large
  /// body was cut twice while a smaller one passed.
  bool cut(std::size_t bytes) noexcept;

  /// A body arrived.
  void passed(std::size_t bytes) noexcept;

private:
  std::size_t ceiling_;
  std::size_t bytes_;
  /// Smallest of the large bodies that were cut, and how many were.
  std::size_t smallest_cut_ = 0;
  std::uint32_t cuts_ = 0;
  bool smaller_passed_ = false;
};

} // namespace bqs
