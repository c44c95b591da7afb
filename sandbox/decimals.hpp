#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Returns the canonical text of a NUMERIC (29 digits before the point and 9
/// after it), by the digits and never by way of a double: `-1.25`. No value if
/// `x` is not a number or does not fit.
std::optional<std::string> canonical_numeric(std::string_view x);

/// The same of a BIGNUMERIC (38 digits after the point).
std::optional<std::string> canonical_bignumeric(std::string_view x);

/// Returns the stored JSON text of a FLOAT64: the shortest that reads back the
/// same, or `"NaN"`, `"Infinity"`, `"-Infinity"` in quotes.
std::optional<std::string> canonical_float(std::string_view x);

/// Returns the integer as decimal text if it is one and fits 64 bits. With
/// `integral`, a number such as `1.0` or `1e3` counts, too.
std::optional<std::string> canonical_integer(std::string_view x, bool integral);

/// Returns `x` like `1.672628645678901E9`.
std::string render_scientific(double x);

} // namespace bqs::sandbox
