#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/query_errors.hpp"
#include "sandbox/schema.hpp"

namespace bqs::sandbox::sql {

/// The type of a value in a query.
struct value_type {
  column_type type = column_type::integer;
  bool repeated = false;
  /// Of a RECORD.
  columns fields;
  /// Of a RANGE.
  column_type element = column_type::date;
  /// It is NULL and fits every type.
  bool unknown = false;

  bool is(column_type x) const {
    return !repeated && !unknown && type == x;
  }
};

value_type type_of(const column& x);

/// Returns the type as queries write it: `INT64`, `ARRAY<STRING>`.
std::string sql_name(const value_type& x);
std::string_view sql_name(column_type x);

/// Returns the type that such a word in a query means, if values of it can be
/// worked with here.
std::optional<column_type> read_sql_type(std::string_view upper);

/// Returns a field of a result's schema.
nlohmann::ordered_json schema_field(const std::string& name,
                                    const value_type& x);

/// A column that a value was made of outside of an aggregate function.
struct loose_column {
  std::string name;
  position at;
};

/// A value in terms of SQLite. Times of day, days and NUMERICs are texts, a
/// TIMESTAMP is its microseconds, a BOOL 0 or 1, what is nested a JSON text.
struct typed {
  std::string sql;
  value_type type;
  /// Of a literal or a parameter: its text, which fits more than one type.
  std::optional<std::string> text;
  bool aggregate = false;
  std::optional<loose_column> loose;
  position at;
};

/// Whether values of a type can be compared and sorted here.
bool is_comparable(const value_type& x);

/// Returns what SQLite compares and sorts by.
std::string comparable(const typed& x);

} // namespace bqs::sandbox::sql
