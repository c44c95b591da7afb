#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bqstreamer/table_ledger.hpp"

namespace bqs {

/// How a drain ended.
struct drain_report {
  struct line {
    std::string table;
    table_ledger books;
    /// Of those failed: rows given up since the time was over (`shutdown`).
    std::uint64_t shut_down = 0;
  };

  /// By name of the table.
  std::vector<line> tables;
  table_ledger total;
  std::uint64_t shut_down = 0;
  /// Of those held: rows that have failed but whose dead letters could not be
  /// written, and why.
  std::uint64_t unwritten = 0;
  std::string unwritten_reason;
};

} // namespace bqs
