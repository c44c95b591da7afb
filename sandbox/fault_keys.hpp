#pragma once

#include <string>
#include <string_view>

#include "sandbox/fault.hpp"

namespace bqs::sandbox {

/// Reads one `key=value` of a fault; returns a line that says what is wrong,
/// or nothing.
std::string read_fault_pair(std::string_view pair, fault& out);

} // namespace bqs::sandbox
