#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sandbox/catalog.hpp"
#include "sandbox/sql_types.hpp"

namespace bqs::sandbox::sql {

/// A value that a statement of SQLite gets from outside.
using bound_value = std::variant<std::int64_t, double, std::string>;

/// A column, or what is in one, that a query reads.
struct source_column {
  /// The names from the outermost RECORD on.
  std::vector<std::string> path;
  /// Of the value at the end.
  column_type type = column_type::string;
  /// As the JSON text that is stored: what nobody looks into on the way.
  bool raw = false;
  /// Absent, it is an empty array; only in an absent RECORD it is NULL.
  bool repeated = false;
};

/// A table that a query reads; in SQLite `tN` with columns `c0`, `c1`, ...
struct source {
  table_ptr table;
  std::vector<source_column> columns;
};

struct result_column {
  std::string name;
  value_type type;
  /// What comes out of SQLite is JSON.
  bool raw = false;
};

/// A parameter of a query.
struct query_parameter {
  /// In lower case; `?0`, `?1`, ... if it is one by position.
  std::string name;
  value_type type;
  /// None: NULL.
  std::optional<bound_value> value;
  /// Of a STRING, which then fits other types as a literal does.
  std::optional<std::string> text;
};

/// What SQLite has to do for a query.
struct query_plan {
  std::string sql;
  std::vector<bound_value> values;
  std::vector<source> sources;
  std::vector<result_column> columns;
};

/// What a query means beside its text.
struct query_context {
  /// In whose project and dataset table names are looked up.
  std::string project;
  std::string default_dataset;
  std::string location = "US";
  /// Microseconds since 1970.
  std::int64_t now = 0;
  std::vector<query_parameter> parameters;
};

} // namespace bqs::sandbox::sql
