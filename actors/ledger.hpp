#pragma once

#include <cstdint>
#include <map>
#include <string>

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

  table_ledger& operator+=(const table_ledger& x) noexcept;

  friend bool operator==(const table_ledger&, const table_ledger&) = default;
};

/// The books of a node.
class ledger {
public:
  void accept(const std::string& table, std::uint64_t rows);
  void store(const std::string& table, std::uint64_t rows,
             std::uint64_t possibly_duplicated);
  void fail(const std::string& table, std::uint64_t rows);

  /// By name of the table.
  const std::map<std::string, table_ledger>& tables() const noexcept {
    return tables_;
  }

  table_ledger total() const noexcept;

private:
  std::map<std::string, table_ledger> tables_;
};

} // namespace bqs
