#pragma once

#include <chrono>
#include <string>
#include <variant>

#include <caf/actor_system_config.hpp>

#include "actors/interfaces.hpp"
#include "app/peer_address.hpp"

namespace bqs::app {

/// The configuration of a system that talks with nodes, or holds one.
class system_config : public caf::actor_system_config {
public:
  system_config();
};

/// Connects to the node that listens at `where`, or returns one line that says
/// why not. Ends within `limit`, which `remote_actor` does not.
std::variant<node_actor, std::string>
connect_node(caf::actor_system& sys, const peer_address& where,
             std::chrono::milliseconds limit);

} // namespace bqs::app
