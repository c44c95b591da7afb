#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "sandbox/server.hpp"

namespace bqs::sandbox {

/// Counts what became of all rows. From any thread.
class ledger {
public:
  void count_rows(const std::string& table, std::uint64_t committed,
                  std::uint64_t deduplicated, std::uint64_t rejected);
  void count_request(const std::string& table, int status);
  void clear();

  std::map<std::string, table_counts> read() const;

  /// Returns `{"tables":{"DATASET.TABLE":{...}}}`.
  std::string render() const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, table_counts> tables_;
};

} // namespace bqs::sandbox
