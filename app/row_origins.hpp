#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

namespace bqs::app {

/// Where a row stood in the input.
struct row_origin {
  /// Position in the list of files.
  std::uint32_t file = 0;
  std::uint64_t line = 0;

  friend bool operator==(const row_origin&, const row_origin&) = default;
};

/// Numbers rows from 0 and finds their lines again. Remembers only where lines
/// do not simply count on, and forgets what is settled: memory grows with the
/// rows under way, not with the input.
class row_origins {
public:
  /// Numbers the next row.
  std::uint64_t add(row_origin x);

  /// Returns where an unsettled row stood.
  row_origin find(std::uint64_t row) const;

  /// Forgets `rows` rows from `first`, each of them only once.
  void settle(std::uint64_t first, std::uint64_t rows);

  /// Entries that are remembered.
  std::size_t size() const noexcept {
    return runs_.size() + settled_.size();
  }

private:
  /// Rows on consecutive lines, up to the next run.
  struct run {
    std::uint64_t first;
    row_origin origin;
  };

  std::uint64_t next_ = 0;
  std::deque<run> runs_;
  /// All rows below are settled.
  std::uint64_t floor_ = 0;
  /// Settled rows above, as begin and end; neither touching nor overlapping.
  std::map<std::uint64_t, std::uint64_t> settled_;
};

} // namespace bqs::app
