#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "sandbox/server.hpp"

namespace bqs::sandbox {

/// Counts what became of all rows. From any thread. Remembers 100,000 names of
/// tables; what is sent to others is counted under `(others)`.
class ledger {
public:
  /// Adds what became of the rows of one request.
  void count_rows(const std::string& table, const table_counts& x);

  /// @param outcome such as `503 backendError`.
  void count_request(const std::string& table, int status,
                     const std::string& outcome);

  void clear();

  std::map<std::string, table_counts> read() const;

  /// Returns `{"tables":{"DATASET.TABLE":{...}}}`.
  std::string render() const;

private:
  table_counts& counts_of(const std::string& table);

  mutable std::mutex mutex_;
  std::map<std::string, table_counts> tables_;
};

} // namespace bqs::sandbox
