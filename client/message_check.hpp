#pragma once

#include <vector>

#include <caf/fwd.hpp>

namespace bqs {

/// Looks at the content of a direct message of CAF's protocol before CAF makes
/// something of it, which is before any receiver could refuse it. CAF 0.17.6
/// reads nested messages by recursion, without end; makes a text of 32 bytes of
/// each byte of an empty list; keeps an actor for ever for each group that is
/// named; and lets an actor be linked to itself, for which it waits for ever.
///
/// So types that may nest, or that grow, are taken in small messages only, and
/// groups never; who links names an actor of its own. Of the protocol's
/// messages only those with rows are large when they come from whoever has come
/// to us: what a node says, lists of failures for one, can take fifteen times
/// its bytes. All other types are those of the program, and as they please.
/// @param content from the stages on
/// @param speaker whose message it is
/// @param accepted it has come to us
/// @returns what is wrong; null if nothing is
const char* check_message(caf::execution_unit* context,
                          const std::vector<char>& content,
                          const caf::node_id& speaker, bool accepted);

/// The same of what a peer says of the end of an actor.
const char* check_end(const std::vector<char>& content);

} // namespace bqs
