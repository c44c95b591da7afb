#pragma once

#include <map>
#include <mutex>
#include <string>

#include "sandbox/errors.hpp"
#include "sandbox/fault_board.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/manager.hpp"
#include "sandbox/row_scan.hpp"
#include "sandbox/server.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// What stands in for insertAll when no rows are kept: it counts them. Any
/// table is taken, and `templateSuffix` is not seen. From any thread; a
/// request that is refused whole throws a `refusal`.
class count_all {
public:
  count_all(const options& opts, manager& tables, ledger& counts);

  /// Answers a request whose body went through `body`. Rows that a fault
  /// names do not stop their neighbours, as with `skipInvalidRows`.
  /// @param target becomes `DATASET.TABLE`.
  reply run(const table_name& at, const row_scan& body, const fault_plan& plan,
            std::string& target);

  /// Returns the resource of a table, which is made if missing.
  reply get_table(const table_name& at, const request& x);

  /// Returns how many rows `DATASET.TABLE` was sent, and their bodies' bytes.
  table_size size(const std::string& table) const;

private:
  const options& opts_;
  manager& tables_;
  ledger& counts_;
  mutable std::mutex mutex_;
  std::map<std::string, table_size> sizes_;
};

} // namespace bqs::sandbox
