#pragma once

#include <cstdint>
#include <vector>

#include <caf/io/basp/header.hpp>

namespace bqs {

/// Reads what comes before the content of a message of CAF's protocol.
/// @param from `header_size` bytes
caf::io::basp::header read_header(const std::vector<char>& from);

/// What is wrong with whatever CAF would not read, or not safely.
inline constexpr const char* stranger = "it does not speak the protocol";

/// Returns what is wrong with a message, if anything; nullptr if it may come.
/// CAF believes each header: it would set 4 GiB aside, or look for a content
/// that is not there.
/// @param outgoing it is from a node that we have called
/// @param known its sender has said who it is
/// @param most bytes of its content
const char* check_header(const caf::io::basp::header& x, bool outgoing,
                         bool known, std::uint32_t most);

/// Whether nobody needs what a message says, and nobody is to look at it.
bool is_unwanted(const caf::io::basp::header& x) noexcept;

} // namespace bqs
