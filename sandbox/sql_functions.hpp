#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "sandbox/schema.hpp"

namespace bqs::sandbox::sql {

/// A function whose arguments have types of their own, so that it needs no
/// more than a line in a table.
struct function_rule {
  std::string_view name;
  /// The function of SQLite or of the runtime, and what follows its arguments.
  std::string_view runtime;
  std::string_view extra;
  column_type result;
  std::size_t count;
  std::array<column_type, 3> parameters;
};

/// Returns all of that name, the preferred first.
std::vector<const function_rule*> find_functions(std::string_view name);

/// Whether it is a function over many rows that is known here.
bool is_aggregate(std::string_view name);

/// Returns the microseconds of a unit up to a day; 0 if it is none.
long long unit_micros(std::string_view upper);

/// Whether EXTRACT knows this part of a DATE, or else of a TIMESTAMP.
bool is_part(std::string_view upper, bool of_date);

} // namespace bqs::sandbox::sql
