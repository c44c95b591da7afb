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
#include "actors/failure_history.hpp"
#include "actors/internal.hpp"

namespace bqs {

/// What a collector is told at start.
struct error_collector_init {
  gate_actor gate;
  /// Most unacknowledged bytes to a subscriber that asks for no other window.
  /// All subscribers together have `windows` of these.
  std::size_t window = 16u << 20;
  /// Rows that are kept for those who join later, and their bytes.
  std::size_t keep = 1000;
  std::size_t keep_bytes = 16u << 20;
  std::shared_ptr<counters> count;
  /// Of tables that name none.
  std::string project;
};

/// The state of an ERROR COLLECTOR.
struct error_collector_state {
  using pointer
    = error_collector_actor::stateful_pointer<error_collector_state>;

  static inline const char* name = "error-collector";

  /// What is unacknowledged costs memory, however many subscribers share it.
  static constexpr std::size_t windows = 4;

  /// What somebody may be told, and what it counts.
  struct item {
    const failure* what;
    std::size_t bytes;
  };

  struct subscriber {
    join what;
    /// It wants nothing more, and has not acknowledged all: who joins again
    /// has no window anew.
    bool left = false;
    /// It wants to know where it stands.
    bool positioned = false;
    /// Rows that it was told or has missed, since this collector began.
    std::uint64_t position = 0;
    std::size_t window = 0;
    std::shared_ptr<internal::subscriber_past> past;
    /// Number and bytes of what is not acknowledged.
    std::deque<std::pair<std::uint64_t, std::size_t>> open;
    std::size_t open_bytes = 0;
    /// Number of the last change of a state that it was told or need not be.
    std::uint64_t last_change = 0;
    /// Number of the last change before it joined: of those until then it is
    /// told what is not well.
    std::uint64_t first_change = 0;
  };

  /// How a table is.
  struct condition {
    state_change what;
    /// Number of the change.
    std::uint64_t number = 0;
  };

  explicit error_collector_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  ~error_collector_state();

  /// Counts the rows, and copies them for those who want them.
  void take_in(const internal::losses& xs);

  /// Keeps a message's worth of failures, and tells them.
  void spread(const std::vector<failure>& items);

  caf::result<reply> enter(const internal::subscription& x);

  /// Tells a subscriber how many rows it was not told.
  void tell_missed(const caf::strong_actor_ptr& who, subscriber& x);

  void leave(const caf::strong_actor_ptr& who);

  /// It is gone, and acknowledges nothing any more.
  void forget(const caf::strong_actor_ptr& who);

  void acknowledge(const failures_ack& x, const caf::strong_actor_ptr& who);

  /// Sends what the subscriber may see of `items`, or counts it as missed if
  /// there is no room.
  void tell(const caf::strong_actor_ptr& who, subscriber& x,
            const std::vector<item>& items);

  /// Bytes that nobody's unacknowledged messages take.
  std::size_t free_bytes() const noexcept;

  /// Most bytes that the subscriber may have unacknowledged now. Never more
  /// than is left then, so that those who do not read leave room for others.
  std::size_t room_of(const subscriber& x) const noexcept;

  /// Whether a message of `bytes` may be sent to the subscriber.
  bool may_send(const subscriber& x, std::size_t bytes) const noexcept;

  /// Sends a numbered message, which counts `bytes` until it is acknowledged.
  void send(const caf::strong_actor_ptr& who, subscriber& x,
            std::vector<failure> items, std::size_t bytes,
            std::vector<state_change> states = {});

  /// Takes note of a table's state.
  void change(const state_change& x);

  /// Sends the states that wait, as far as there is room.
  void send_states(const caf::strong_actor_ptr& who, subscriber& x);

  /// Returns how many past rows somebody shall be told who was told up to
  /// `after`, and sets `missed` to those that are not kept any more.
  std::vector<failure> since(const std::string& after, const join& what,
                             std::uint64_t& missed) const;

  /// Keeps the promises of `finish` once nothing is open any more.
  void check_finished();

  pointer self;
  error_collector_init init;
  failure_history history{0, 0, {}};
  /// Positions are of no meaning to another collector.
  std::string epoch = to_string(make_stream_id());
  /// All tables that were ever not `ok`, and which of them each change was
  /// about. Kept once and not for each subscriber: those that do not read would
  /// each have all tables to be told of.
  std::map<table_ref, condition> tables;
  std::map<std::uint64_t, table_ref> changes;
  std::uint64_t last_change = 0;
  std::map<caf::strong_actor_ptr, subscriber> subscribers;
  /// Unacknowledged bytes to all of them.
  std::size_t open_bytes = 0;
  std::vector<caf::typed_response_promise<caf::ok_atom>> waiting;
};

/// Spawn with `sys.spawn(error_collector, init)`.
error_collector_actor::behavior_type
error_collector(error_collector_state::pointer self, error_collector_init init);

} // namespace bqs
