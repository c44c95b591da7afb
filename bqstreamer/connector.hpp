#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "bqstreamer/interfaces.hpp"
#include "bqstreamer/peer_address.hpp"

namespace bqs {

/// How a node is reached, and how hard it is tried.
struct connector_options {
  /// Tried one at a time, in this order, over and over: name several only if
  /// it does not matter which of them takes the rows.
  std::vector<peer_address> nodes;
  /// The system's configuration must have been given `use_tls`.
  bool tls = false;
  /// How long one try may take.
  std::chrono::milliseconds timeout{5000};
  /// Largest wait after the first failed try; it doubles with each further one
  /// up to `longest_wait`. Half of each wait is left to chance, so that many
  /// clients do not come back at once.
  std::chrono::milliseconds first_wait{200};
  std::chrono::milliseconds longest_wait{10'000};
};

/// A CONNECTOR to its owner: there is a node.
struct connected {
  node_actor node;
  peer_address where;
};

/// A CONNECTOR to its owner: there is none, since one was lost or a try has
/// failed. It goes on trying.
struct lost {
  /// One line for people that names the address.
  std::string reason;
  /// Tries in a row that have led to no lasting connection.
  std::uint32_t tries = 0;
  /// When the next try begins, from now.
  std::chrono::milliseconds wait{0};
};

/// Keeps its owner connected to a node. A node told by `connected` is there
/// until the next `lost`; its handle is of no use after it.
using connector_actor = caf::typed_actor<
  // Ends the connector; so does the end of its owner.
  caf::reacts_to<caf::close_atom>,
  // Internal: the wait with this number is over.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// Spawns a CONNECTOR that tells `owner` how things are, as long as somebody
/// holds its handle. `owner` may be an
/// actor of any type that takes `connected` and `lost`.
connector_actor spawn_connector(caf::actor_system& sys,
                                const caf::strong_actor_ptr& owner,
                                connector_options options);

/// Connects once, from a thread that is no actor. Returns one line that says
/// why there is no connection; ends within `timeout`, which CAF's
/// `remote_actor` does not.
std::variant<node_actor, std::string>
connect_node(caf::actor_system& sys, const peer_address& where,
             std::chrono::milliseconds timeout, bool tls = false);

} // namespace bqs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::lost)

CAF_BEGIN_TYPE_ID_BLOCK(bqs_connector, caf::id_block::bqs_interfaces::end)

  CAF_ADD_TYPE_ID(bqs_connector, (bqs::connected))
  CAF_ADD_TYPE_ID(bqs_connector, (bqs::lost))
  CAF_ADD_TYPE_ID(bqs_connector, (bqs::connector_actor))

CAF_END_TYPE_ID_BLOCK(bqs_connector)
