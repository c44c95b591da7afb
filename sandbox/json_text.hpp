#pragma once

#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Appends `x` as a JSON string, quotes included. Bytes that are not ASCII go
/// through as they are.
void append_quoted(std::string& out, std::string_view x);

} // namespace bqs::sandbox
