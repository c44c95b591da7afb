#pragma once

#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "bqstreamer/messages.hpp"

namespace bqs {

// Actors that other nodes know. What runs inside a node is in internal.hpp.

/// Takes rows. Sends each block's `receipt` to the block's sender.
using sender_actor = caf::typed_actor<
  // Takes a block whole, or refuses it.
  caf::replies_to<block>::with<admission>,
  // Takes a single row; answers only if it was requested.
  caf::replies_to<row>::with<admission>,
  // Says how a block stands.
  caf::replies_to<ask>::with<standing>,
  // Makes room for more receipts.
  caf::reacts_to<receipts_ack>>;

/// Operates a node. Sends `failures` and `missed` to those who joined.
using admin_actor = caf::typed_actor<
  // Marks open rows as ready; answers at once with their number.
  caf::replies_to<flush>::with<reply>,
  // Holds the rows of a table, or of all, until `resume`.
  caf::replies_to<pause>::with<reply>,
  // Ends a pause, or the quarantine of a table.
  caf::replies_to<resume>::with<reply>,
  // Begins to stop.
  caf::replies_to<drain>::with<reply>,
  // Tells the ledger and the lanes.
  caf::replies_to<get_status>::with<status>,
  // Subscribes the requesting actor.
  caf::replies_to<join>::with<reply>,
  // Ends its subscription.
  caf::replies_to<leave>::with<reply>,
  // Makes room for more failures.
  caf::reacts_to<failures_ack>>;

/// What a GATE is: both.
using node_actor = sender_actor::extend_with<admin_actor>;

} // namespace bqs

CAF_BEGIN_TYPE_ID_BLOCK(bqs_interfaces, caf::id_block::bqs_messages::end)

  CAF_ADD_TYPE_ID(bqs_interfaces, (bqs::sender_actor))
  CAF_ADD_TYPE_ID(bqs_interfaces, (bqs::admin_actor))
  CAF_ADD_TYPE_ID(bqs_interfaces, (bqs::node_actor))

CAF_END_TYPE_ID_BLOCK(bqs_interfaces)
