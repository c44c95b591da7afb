#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sandbox/fault.hpp"

namespace bqs::sandbox {

/// Faults, or a line that says why there are none.
using fault_list = std::variant<std::vector<fault>, std::string>;

/// Reads the text of one fault, or a name that stands for several:
///
///     realistic    how the service is on a good day: an answer to insertAll
///                  takes some 120 ms, 0.05% are a 503, and 0.01% of the
///                  connections are dropped after the rows are committed
fault_list parse_faults(std::string_view spec);

/// Reads one fault a line. `#` begins a comment where a line or a word does;
/// empty lines are nothing.
/// @param name of the text, for what is wrong: `NAME:LINE: ...`.
fault_list parse_fault_lines(std::string_view text, const std::string& name);

/// Reads a file of such lines, of at most 1 MiB; waits for no pipe. What is
/// wrong is told by number alone: it may be another file, with a secret.
fault_list read_fault_file(const std::string& path);

} // namespace bqs::sandbox
