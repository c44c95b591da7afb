#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/counters.hpp"
#include "actors/http_actor.hpp"
#include "actors/internal.hpp"
#include "actors/turn_queue.hpp"

namespace bqs {

/// What a dispatcher is told at start.
struct dispatcher_init {
  /// Requests at the same time; each has an http actor of its own, made when
  /// it is first needed.
  std::uint32_t max_in_flight = 32;
  /// An http actor that is silent for so long counts as crashed; longer than
  /// the deadline of a request.
  std::chrono::milliseconds worker_timeout{120'000};
  http_factory make_worker;
  std::shared_ptr<counters> count;
};

/// The state of a DISPATCHER.
///
/// Invariant: each slot is idle, given away as a turn, or runs a batch.
struct dispatcher_state {
  using pointer = dispatcher_actor::stateful_pointer<dispatcher_state>;

  static inline const char* name = "dispatcher";

  /// A batch that a lane has in flight; it ends when the lane's streamer has
  /// taken the result.
  struct flight {
    batch_ptr rows;
    std::shared_ptr<const batch_result> result;
  };

  /// A batch on its way.
  struct request {
    http_worker worker;
    batch_ptr rows;
  };

  struct lane_entry {
    std::uint32_t generation = 0;
    std::string table;
    internal::target_ptr to;
    streamer_actor streamer;
    std::map<std::uint64_t, flight> flights;
  };

  explicit dispatcher_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  /// Ends the requests under way.
  ~dispatcher_state();

  /// Gives a lane its (new) streamer.
  void enter(std::uint32_t lane, std::uint32_t generation, std::string table,
             internal::target_ptr to, streamer_actor streamer);

  void retire(std::uint32_t lane);

  void line_up(const internal::ready& x);

  void submit(const internal::submission& x);

  void handle_down(const caf::down_msg& x);

  /// Gives away turns while slots are free.
  void pump();

  /// Ends the turns of a lane that cannot use them any more.
  void end_turns(std::uint32_t lane);

  /// Sends a batch with an idle http actor.
  void run(std::uint32_t lane, const batch_ptr& rows);

  /// The http actor of a batch has crashed, or is silent.
  void break_off(std::uint32_t lane, std::uint64_t number);

  /// The batch has come back.
  void finish(std::uint32_t lane, std::shared_ptr<const batch_result> x);

  /// Tells the lane's streamer a result, until one has taken it.
  void tell(std::uint32_t lane, lane_entry& entry,
            const std::shared_ptr<const batch_result>& x);

  pointer self;
  dispatcher_init init;
  std::map<std::uint32_t, lane_entry> lanes;
  turn_queue line;
  /// Turns given away, by number.
  std::map<std::uint64_t, std::uint32_t> turns;
  std::uint64_t last_turn = 0;
  std::vector<http_worker> idle;
  /// All that run, by the batch's lane and number.
  std::map<std::pair<std::uint32_t, std::uint64_t>, request> running;
};

/// Spawn with `sys.spawn(dispatcher, init)`.
dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_init init);

} // namespace bqs
