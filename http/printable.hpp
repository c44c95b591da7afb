#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bqs::http {

// Words of others, made fit for a line that people read, in a log or at a
// terminal: they may not steer it, nor look like other lines.

/// Returns the text with blanks for white space, and U+FFFD for each control
/// character (U+0080 to U+009F, too), line or paragraph separator, mark that
/// turns the direction of writing, and byte that is not UTF-8; cut between two
/// characters to at most `max_bytes`.
std::string printable(std::string_view text,
                      std::size_t max_bytes = std::string::npos);

/// The same for a JSON text, which stays the same value: within its strings
/// such characters become `\uXXXX`.
std::string printable_json(std::string_view json);

} // namespace bqs::http
