#pragma once

#include <cstdint>

namespace bqs {

/// The books of one table, or of all: accepted = stored + failed + held.
struct table_ledger {
  std::uint64_t accepted = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  /// Counted by itself, up and down; never derived from the others.
  std::uint64_t held = 0;
  /// Of those stored.
  std::uint64_t possibly_duplicated = 0;

  bool balanced() const noexcept {
    return accepted == stored + failed + held;
  }

  table_ledger& operator+=(const table_ledger& x) noexcept {
    accepted += x.accepted;
    stored += x.stored;
    failed += x.failed;
    held += x.held;
    possibly_duplicated += x.possibly_duplicated;
    return *this;
  }

  friend bool operator==(const table_ledger&, const table_ledger&) = default;
};

} // namespace bqs
