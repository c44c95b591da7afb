#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/database.hpp"
#include "sandbox/directory_lock.hpp"

namespace bqs::sandbox {

/// A row on its way into the database.
struct new_row {
  /// No insert id if its pointer is null.
  std::string_view insert_id;
  std::string_view json;
};

/// What is kept of a dataset or a table beside its rows.
struct document {
  std::string dataset;
  /// Empty for a dataset.
  std::string table;
  /// The resource as JSON.
  std::string json;
  /// The SQL table of the rows; empty for a dataset.
  std::string rows_table;
};

struct table_size {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

/// The database file: what there is, and the rows. From any thread; failures
/// of SQLite are `std::runtime_error`s.
class store {
public:
  /// @param data the directory, made if missing; empty: in memory.
  explicit store(const std::string& data);

  std::vector<document> load();

  void put_dataset(const std::string& dataset, const std::string& json);
  void drop_dataset(const std::string& dataset);

  /// Writes a table's resource; makes the SQL table of its rows if it is new.
  /// Returns the name of that.
  std::string put_table(const std::string& dataset, const std::string& table,
                        const std::string& json);
  void drop_table(const std::string& dataset, const std::string& table);

  /// Commits all rows or none. False if the table is gone.
  bool append(const std::string& rows_table, std::span<const new_row> rows,
              std::int64_t now_millis);

  /// Calls `f(seq, row)` for rows after the one with number `seq`, less the
  /// first `offset`, until it returns false.
  void read(const std::string& rows_table, std::int64_t seq,
            std::uint64_t offset,
            const std::function<bool(std::int64_t, std::string_view)>& f);

  /// Returns the size of a table; counted once, then kept.
  table_size size(const std::string& rows_table);

  /// Counts by SQL.
  std::uint64_t count(const std::string& rows_table);

private:
  bool exists(const std::string& rows_table);
  std::string free_name(const std::string& wanted);
  table_size& known_size(const std::string& rows_table);
  void forget(const std::string& rows_table);

  directory_lock lock_;
  std::mutex mutex_;
  database db_;
  std::map<std::string, statement> inserts_;
  std::map<std::string, table_size> sizes_;
};

/// Returns the path of the database file in a data directory.
std::string database_file(const std::string& data);

} // namespace bqs::sandbox
