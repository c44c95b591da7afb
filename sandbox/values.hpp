#pragma once

#include <string>
#include <string_view>

#include "sandbox/schema.hpp"
#include "sandbox/tape.hpp"

namespace bqs::sandbox {

/// Appends the stored JSON text of a value of a column that is neither RECORD
/// nor RANGE. False if the type does not take the value; `message` is then the
/// service's wording, and `out` as it was.
bool store_scalar(column_type type, const tape::view& x, std::string& out,
                  std::string& message);

/// Whether `x` is base64 of the standard alphabet, padded.
bool is_base64(std::string_view x);

} // namespace bqs::sandbox
