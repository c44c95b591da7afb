#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include <caf/typed_event_based_actor.hpp>

#include "bqstreamer/connector.hpp"
#include "client/dialer.hpp"

namespace bqs {

/// The state of a CONNECTOR: dialing, connected, or waiting for the next try.
struct connector_state {
  using pointer = connector_actor::stateful_pointer<connector_state>;

  static inline const char* name = "connector";

  explicit connector_state(pointer self_ptr);

  /// Tries the next address.
  void try_next();
  void handle(const dialed& x, const peer_address& where);
  void handle_down(const caf::down_msg& x);
  /// Tells the owner, and tries again later.
  void lose(std::string reason);

  pointer self;
  caf::actor_addr owner;
  dialer_actor line;
  connector_options options;
  node_actor node;
  peer_address where;
  caf::actor_clock::time_point since;
  /// Of `options.nodes`.
  std::size_t next = 0;
  /// Tries in a row that led to no lasting connection.
  std::uint32_t failures = 0;
  std::uint64_t waits = 0;
  std::minstd_rand dice;
};

/// Spawn with `spawn_connector`, or for tests with `sys.spawn(connector, …)`.
connector_actor::behavior_type connector(connector_state::pointer self,
                                         caf::actor_addr owner,
                                         connector_options options,
                                         dialer_actor line);

} // namespace bqs
