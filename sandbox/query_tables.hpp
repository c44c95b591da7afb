#pragma once

#include <cstdint>
#include <vector>

#include "sandbox/query_plan.hpp"
#include "sandbox/store.hpp"

struct sqlite3;

namespace bqs::sandbox::sql {

/// Shows the stored rows to a connection of SQLite as virtual tables `t0`,
/// `t1`, ... They are as long as when this was made: what is inserted later is
/// not seen. The store is asked for a few rows at a time, so that inserts get
/// their turn however long a query runs.
class query_tables {
public:
  query_tables(store& rows, const std::vector<source>& sources);

  /// Makes the tables; outlives the connection's statements.
  /// @throws std::runtime_error
  void add_to(sqlite3* db);

  struct entry {
    store* rows;
    const source* what;
    std::uint64_t size;
  };

private:
  std::vector<entry> entries_;
};

} // namespace bqs::sandbox::sql
