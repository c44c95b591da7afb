#pragma once

#include <string>
#include <string_view>

namespace bqs::app {

/// Appends `text` to `out` as a JSON string. What is not UTF-8 stays as it is:
/// whoever checks the row finds it.
void append_json_string(std::string& out, std::string_view text);

/// Returns whether `text` is `true`, `false` or a JSON number that keeps its
/// value: an integer of 64 bits, or a decimal of at most 15 digits in the range
/// of a double.
bool is_plain_literal(std::string_view text) noexcept;

} // namespace bqs::app
