#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/ledger.hpp"

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
};

} // namespace bqs
