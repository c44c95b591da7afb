#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/actor_control_block.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "bqstreamer/connector.hpp"
#include "bqstreamer/interfaces.hpp"
#include "bqstreamer/producer.hpp" // its type ids come before ours

namespace bqs {

/// What a SUBSCRIBER asks a node for.
struct subscriber_options {
  /// Failed rows.
  bool failures = true;
  /// Changes of table states.
  bool states = false;
  /// Only of this table, with its partitions and template tables.
  std::optional<table_ref> table;
  /// How many past failures to send when it joins for the first time.
  std::uint32_t last = 0;
  /// Most bytes of failures that the owner has not acknowledged; 0: the node's
  /// default.
  std::uint64_t window = 0;
  /// Of a node that wants one.
  std::string admin_pass;
};

/// Listens to the failures of a node for its owner, who gets
///
/// * `connected` when the subscription holds, `lost` when it does not any
///   more, or not yet: the subscriber goes on trying. With `connected` all
///   tables are `ok` but those of which a `state_change` follows;
/// * `failures`, numbered 1, 2, 3, … over all connections. The owner answers
///   each with `failures_ack` when it is done with it;
/// * `missed`: so many rows failed and are not told: the owner was too slow, or
///   the connection was lost for longer than the node remembers;
/// * `state_change`.
///
/// After a loss it joins again as soon as its owner has acknowledged what it
/// got, and is told first what has failed meanwhile: as far as the node
/// remembers it, and of that the newest that fit one window. What a node had
/// told nobody when it was killed is lost.
using subscriber_actor = caf::typed_actor<
  // From the owner: it is done with all up to this number.
  caf::reacts_to<failures_ack>,
  // Leaves, and ends the subscriber; so does the end of its owner.
  caf::reacts_to<caf::close_atom>,
  // Internal: from the connector.
  caf::reacts_to<connected>, caf::reacts_to<lost>,
  // Internal: from the node.
  caf::reacts_to<failures>, caf::reacts_to<missed>,
  caf::reacts_to<state_change>,
  // Internal: time to join.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// Spawns a SUBSCRIBER that reaches its node through a CONNECTOR. It ends when
/// nobody holds its handle any more.
subscriber_actor spawn_subscriber(caf::actor_system& sys,
                                  const caf::strong_actor_ptr& owner,
                                  connector_options to,
                                  subscriber_options options = {});

/// Spawns a SUBSCRIBER for a node in the same process. The same holds.
subscriber_actor spawn_subscriber(caf::actor_system& sys,
                                  const caf::strong_actor_ptr& owner,
                                  node_actor to,
                                  subscriber_options options = {});

} // namespace bqs

CAF_BEGIN_TYPE_ID_BLOCK(bqs_subscriber, caf::id_block::bqs_producer::end)

  CAF_ADD_TYPE_ID(bqs_subscriber, (bqs::subscriber_actor))

CAF_END_TYPE_ID_BLOCK(bqs_subscriber)
