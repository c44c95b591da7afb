#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/partitioning.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// A dataset as it is at one moment.
struct dataset_entry {
  std::string dataset;
  /// What of the resource is kept; the rest is made when it is shown.
  nlohmann::ordered_json document;
};

/// A table as it is at one moment.
struct table_entry {
  std::string dataset;
  std::string table;
  nlohmann::ordered_json document;
  columns schema;
  /// The SQL table of the rows.
  std::string rows_table;
  partitioning parts = {};
  /// Another one for each table that is made, also of a name that was there
  /// before; 0 for those that were there from the start.
  std::uint64_t incarnation = 0;
};

using dataset_ptr = std::shared_ptr<const dataset_entry>;
using table_ptr = std::shared_ptr<const table_entry>;

/// All datasets and tables: in memory for reading, and in the store. From any
/// thread; whoever changes something must see to it that nobody else does.
class catalog {
public:
  explicit catalog(store& rows);

  dataset_ptr find(const std::string& dataset) const;
  table_ptr find(const std::string& dataset, const std::string& table) const;

  /// Sorted by name.
  std::vector<dataset_ptr> datasets() const;
  std::vector<table_ptr> tables(const std::string& dataset) const;

  void put(dataset_entry x);

  /// Fills in the name of the SQL table.
  table_ptr put(table_entry x);

  /// Removes a dataset with all that is in it.
  void remove(const std::string& dataset);
  void remove(const std::string& dataset, const std::string& table);

private:
  struct shelf {
    dataset_ptr self;
    std::map<std::string, table_ptr> tables;
  };

  store& rows_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, shelf> shelves_;
};

} // namespace bqs::sandbox
