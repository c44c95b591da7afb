#pragma once

#include <cstdint>
#include <vector>

#include <caf/io/basp/message_type.hpp>

namespace bqs {

/// What comes before the content of a message of CAF's protocol: 32 bytes.
struct message_header {
  caf::io::basp::message_type type;
  std::uint8_t flags;
  std::uint32_t size;
  /// Of two bits: 1, what actors say, and 0, what must not wait. The others are
  /// of streams: CAF takes the content for what they say without a look.
  std::uint8_t category;
  /// Of a node's greeting: the version of CAF's protocol.
  std::uint64_t data;
};

/// @param from 32 bytes
message_header read_header(const std::vector<char>& from);

/// What is wrong with whatever CAF would not read, or not safely.
inline constexpr const char* stranger = "it does not speak the protocol";

/// Returns what is wrong with a message, if anything; nullptr if it may come.
/// CAF believes each header: it would set 4 GiB aside, or look for a content
/// that is not there.
/// @param outgoing it is from a node that we have called
/// @param known its sender has said who it is
/// @param most bytes of its content
const char* check_header(const message_header& x, bool outgoing, bool known,
                         std::uint32_t most);

/// Whether nobody needs what a message says, and nobody is to look at it.
bool is_unwanted(const message_header& x) noexcept;

} // namespace bqs
