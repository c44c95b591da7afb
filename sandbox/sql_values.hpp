#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/query_plan.hpp"
#include "sandbox/sql_tree.hpp"
#include "sandbox/sql_types.hpp"

namespace bqs::sandbox::sql {

/// The type of columns that are neither lists nor records.
value_type plain(column_type x);

/// A value without a table.
typed make_value(std::string sql, column_type type, position at);

/// Puts together what the values that another one is made of say about it.
typed combine(const std::vector<typed>& parts, value_type type, std::string sql,
              position at);

/// Reads a point in time; no value if the text is none of that type. Throws a
/// `refusal` of a time zone that SQLite does not know.
std::optional<bound_value> read_time(column_type type, const std::string& text,
                                     position at);

/// The name of a unit or of a part that stands as an argument.
std::string word_of(const expression& x);

/// Whether two names are the same to BigQuery, which is not strict about case.
bool same_name(std::string_view a, std::string_view b);

} // namespace bqs::sandbox::sql
