#pragma once

#include <cstdint>
#include <vector>

namespace bqs {

/// Rows from `from` up to, not including, `to`.
struct row_range {
  std::uint32_t from = 0;
  std::uint32_t to = 0;

  std::uint32_t size() const noexcept {
    return to - from;
  }

  friend bool operator==(const row_range&, const row_range&) = default;
};

/// A set of rows of one block, kept as few ranges.
class row_ranges {
public:
  /// Adds the rows of `x`. Returns those that were not in the set before.
  std::vector<row_range> add(row_range x);

  /// Returns the rows below `rows` that are not in the set.
  std::vector<row_range> missing(std::uint32_t rows) const;

  /// Number of rows in the set.
  std::uint32_t size() const noexcept {
    return size_;
  }

private:
  std::vector<row_range> ranges_; // ascending, never touching
  std::uint32_t size_ = 0;
};

} // namespace bqs
