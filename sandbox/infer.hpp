#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sandbox/tape.hpp"

namespace bqs::sandbox {

/// Guesses a `schema.fields` list from a row: a member that is null, and what
/// is in an empty array, becomes a STRING.
nlohmann::ordered_json infer_schema(const tape::view& row);

} // namespace bqs::sandbox
