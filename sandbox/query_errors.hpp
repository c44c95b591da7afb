#pragma once

#include <cstddef>
#include <string>

#include "sandbox/errors.hpp"

namespace bqs::sandbox::sql {

/// Where something is in a query, from 1.
struct position {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// Returns ` at [LINE:COLUMN]`.
std::string to_string(position at);

/// The service would refuse this, too, and does so in these words.
refusal invalid_query(const std::string& message);
refusal invalid_query(const std::string& message, position at);
refusal syntax_error(const std::string& what, position at);

/// The service may well be able to run this. Better no answer than a wrong
/// one.
refusal cannot_run(const std::string& what, position at);

} // namespace bqs::sandbox::sql
