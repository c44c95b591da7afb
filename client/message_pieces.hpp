#pragma once

#include <cstdint>
#include <vector>

namespace bqs {

/// The content of a message while it comes. CAF makes room for all that it is
/// to read next, at once: larger messages are read in pieces, and take no more
/// memory than has come of them.
class message_pieces {
public:
  static constexpr std::uint64_t largest = 512u << 10;

  /// A message of so many bytes is to come.
  /// @param skipped nobody looks at it, and none of it is kept
  void begin(std::uint32_t size, bool skipped) noexcept;

  /// Whether one is on its way that nobody looks at.
  bool is_skipped() const noexcept {
    return skipped_;
  }

  /// Whether it comes in more pieces than one.
  bool in_pieces() const noexcept {
    return size_ > largest;
  }

  /// How many bytes of it to read next.
  std::uint64_t next() const noexcept;

  /// Takes in what was read. Returns whether that was the last of it: `x` holds
  /// all of the message then, unless it was skipped.
  bool add(std::vector<char>& x);

private:
  std::uint64_t size_ = 0;
  std::uint64_t arrived_ = 0;
  bool skipped_ = false;
  std::vector<char> kept_;
};

} // namespace bqs
