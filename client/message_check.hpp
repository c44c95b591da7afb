#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <caf/fwd.hpp>

namespace bqs {

/// The name of a node on the wire; of a kind that has no other length.
constexpr std::size_t node_name_size = 32;

/// Returns the name of a node as it is on the wire.
std::string name_on_wire(const caf::node_id& x);

/// Whether `x` begins with the name of a node. CAF 0.17.6 knows another kind of
/// names, URIs, and takes minutes for one that is made for it, or throws.
bool begins_with_name(std::string_view x) noexcept;

/// What is to become of a message.
enum class message_verdict {
  good,
  /// It is no message.
  broken,
  /// CAF could not read it safely, or nobody needs it: it is passed over.
  unwanted,
};

/// Looks at the content of a direct message of CAF's protocol before CAF makes
/// something of it, which is before any receiver could refuse it. CAF reads
/// messages in messages by recursion, without end; sets memory aside for what
/// only is announced; takes sixty bytes for each of a list of empty texts;
/// keeps an actor for each group that is named; gives what streams carry to
/// actors as if it were a message; waits for ever for an actor that is linked
/// with itself; and ends ours that are linked with one of a peer.
///
/// So there pass: one message of our protocol, and of those that have come to
/// us only such with rows or failures are large; plain values, and types of the
/// program's own, which sees to them itself; handles of actors in small
/// messages; and errors that quote plain values only.
/// @param content from the stages on
/// @param accepted it has come to us
message_verdict check_message(std::string_view content, bool accepted);

/// The same of an error with which an actor has ended.
message_verdict check_error(std::string_view content);

} // namespace bqs
