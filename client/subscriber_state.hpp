#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

#include "bqstreamer/subscriber.hpp"

namespace bqs {

/// The state of a SUBSCRIBER.
struct subscriber_state {
  using pointer = subscriber_actor::stateful_pointer<subscriber_state>;

  static inline const char* name = "subscriber";

  explicit subscriber_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  void handle(const connected& x);
  void handle(const lost& x);
  void handle(const failures& x);
  void handle(const failures_ack& x);

  /// Joins once the owner has acknowledged all that it got: whatever comes
  /// and goes, it never has to hold more than one window.
  void join_when_ready();
  void handle_reply(const reply& x);
  void join_later(const std::string& why);

  /// Whether the message at hand is from the node that we have joined.
  bool from_node() const;

  pointer self;
  caf::actor_addr owner;
  subscriber_options options;
  connector_actor line;
  /// Null while there is none.
  connected at;
  bool joined = false;
  /// Counts connections and joins: answers to earlier ones are ignored.
  std::uint64_t generation = 0;
  /// Up to where the node has told us of failures, in its own words.
  std::string position;
  std::uint64_t last_number = 0;
  /// What the owner has not acknowledged: our number and the node's.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> open;
};

/// Spawn with `spawn_subscriber`, or for tests with `sys.spawn(subscriber, …)`.
subscriber_actor::behavior_type subscriber(subscriber_state::pointer self,
                                           caf::actor_addr owner,
                                           subscriber_options options);

} // namespace bqs
