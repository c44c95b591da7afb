#pragma once

#include <string_view>

#include "sandbox/sql_tree.hpp"

namespace bqs::sandbox::sql {

/// Reads one query: `SELECT` or `WITH ... SELECT`. Throws a `refusal` at all
/// else, be it wrong or only not known here.
query_ptr parse_query(std::string_view text);

} // namespace bqs::sandbox::sql
