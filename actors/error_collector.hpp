#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/counters.hpp"
#include "actors/internal.hpp"

namespace bqs {

/// What a collector is told at start.
struct error_collector_init {
  gate_actor gate;
  /// Most unacknowledged bytes to a subscriber that asks for no other window.
  std::size_t window = 16u << 20;
  std::shared_ptr<counters> count;
  /// Of tables that name none.
  std::string project;
};

/// The state of an ERROR COLLECTOR.
struct error_collector_state {
  using pointer
    = error_collector_actor::stateful_pointer<error_collector_state>;

  static inline const char* name = "error-collector";

  struct subscriber {
    join what;
    std::size_t window = 0;
    std::uint64_t last_number = 0;
    /// Number and bytes of what is not acknowledged.
    std::deque<std::pair<std::uint64_t, std::size_t>> open;
    std::size_t open_bytes = 0;
    /// Rows that it was not told.
    std::uint64_t missed = 0;
  };

  explicit error_collector_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  ~error_collector_state();

  /// Copies the rows for those who want them.
  void take_in(const internal::losses& xs);

  reply enter(const internal::subscription& x);

  void leave(const caf::strong_actor_ptr& who);

  void acknowledge(const failures_ack& x, const caf::strong_actor_ptr& who);

  /// Sends `items`, or drops and counts them if the window is full.
  void offer(const caf::strong_actor_ptr& who, subscriber& x,
             std::vector<failure> items, std::size_t bytes, std::uint64_t rows);

  /// Keeps the promises of `finish` once nothing is open any more.
  void check_finished();

  pointer self;
  error_collector_init init;
  std::map<caf::strong_actor_ptr, subscriber> subscribers;
  std::vector<caf::typed_response_promise<caf::ok_atom>> waiting;
};

/// Spawn with `sys.spawn(error_collector, init)`.
error_collector_actor::behavior_type
error_collector(error_collector_state::pointer self, error_collector_init init);

} // namespace bqs
