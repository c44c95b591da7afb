#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bqstreamer/table_ledger.hpp"

namespace bqs {

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
