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
#include "actors/credential_probe.hpp"
#include "actors/http_actor.hpp"
#include "actors/internal.hpp"
#include "actors/limiter.hpp"
#include "actors/paces.hpp"
#include "actors/retry_budget.hpp"
#include "actors/slot_shares.hpp"
#include "actors/turn_queue.hpp"

namespace bqs {

/// What a dispatcher is told at start.
struct dispatcher_init {
  /// Most requests at the same time; each has an http actor of its own, made
  /// when it is first needed.
  std::uint32_t max_in_flight = 32;
  /// With how many the search for the best number begins; 0: it is the most,
  /// always.
  std::uint32_t start_in_flight = 0;
  /// Of the budget of retries; 0: no limit.
  std::uint32_t retry_tokens = 100;
  /// Between probes while the service refuses the credential.
  http::backoff probe_waits{500ms, 32s};
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

  /// Number of the timer that looks for silent http actors; those of `pump`
  /// are above.
  static constexpr std::uint64_t watch_timer = 0;

  /// A batch that a lane has in flight; it ends when the lane's streamer has
  /// taken the result.
  struct flight {
    batch_ptr rows;
    std::shared_ptr<const batch_result> result;
  };

  /// A slot that a table has.
  struct slot {
    std::string table;
    std::string project;
    time_point since;
    /// Of its turn.
    std::uint64_t turn = 0;
    /// Of the request's body.
    std::size_t bytes = 0;
    /// When the request began.
    time_point sent;
  };

  /// A turn that was given away.
  struct given_turn {
    std::uint32_t lane = 0;
    slot taken;
  };

  /// A batch on its way.
  struct request {
    http_worker worker;
    batch_ptr rows;
    slot taken;
  };

  struct lane_entry {
    std::uint32_t generation = 0;
    std::string table;
    internal::target_ptr to;
    streamer_actor streamer;
    std::map<std::uint64_t, flight> flights;
  };

  explicit dispatcher_state(pointer self_ptr);

  /// Ends the requests under way.
  ~dispatcher_state();

  /// Gives a lane its (new) streamer.
  void enter(std::uint32_t lane, std::uint32_t generation, std::string table,
             internal::target_ptr to, streamer_actor streamer);

  void retire(std::uint32_t lane);

  void line_up(const internal::ready& x);

  void submit(const internal::submission& x);

  void handle_down(const caf::down_msg& x);

  /// A lane wants a turn.
  void stand_in_line(std::uint32_t lane, const lane_entry& entry);

  /// Gives away turns while slots are free.
  void pump();

  /// Why lanes have to wait though slots are free.
  struct held_back {
    /// When the first that only its pace holds back may go.
    std::optional<time_point> paced_until;
    /// One has its share of the slots, and would have more if there were more.
    bool by_share = false;
  };

  /// Takes the lane whose turn it is, if its table may have one more slot.
  std::optional<std::uint32_t> next(time_point now, held_back& held);

  /// Whether a turn is out that uses a quota which a project or table is paced
  /// by. How much it takes of it is not known before it ends.
  bool project_in_use(const std::string& project, time_point now) const;
  bool table_in_use(const std::string& table, time_point now) const;

  /// Ends the turns of a lane that cannot use them any more.
  void end_turns(std::uint32_t lane);

  /// Sends a batch with an idle http actor.
  void run(std::uint32_t lane, const batch_ptr& rows, slot taken);

  /// Sees to http actors that are silent for too long, after `wait`. One timer
  /// for all: a timeout of each request would stay in the clock for the whole
  /// time, answered or not.
  void watch_after(std::chrono::nanoseconds wait);

  /// Ends the requests that are under way for too long.
  void end_silent();

  /// The http actor of a batch has ended because of `why`, or is silent.
  void break_off(std::uint32_t lane, std::uint64_t number,
                 const caf::error& why);

  /// The request has left its slot.
  void leave(const request& from, const batch_result& with);

  /// The batch has come back.
  void finish(std::uint32_t lane, std::shared_ptr<const batch_result> x);

  /// Tells a streamer what is known of the credential.
  void tell_credential(const lane_entry& to);

  /// Tells the lane's streamer a result, until one has taken it.
  void tell(std::uint32_t lane, lane_entry& entry,
            const std::shared_ptr<const batch_result>& x);

  pointer self;
  dispatcher_init init;
  std::map<std::uint32_t, lane_entry> lanes;
  turn_queue line;
  slot_shares slots{1, 1};
  limiter limit{1, 1};
  paces quotas;
  retry_budget retries{0};
  credential_probe credential{http::backoff{0ms, 0ms}};
  /// When `pump` is due though nothing happens, and the timer's number.
  std::optional<time_point> wake_at;
  std::uint64_t last_timer = watch_timer;
  /// A timer will look for http actors that are silent.
  bool watching = false;
  /// Turns given away, by number.
  std::map<std::uint64_t, given_turn> turns;
  std::uint64_t last_turn = 0;
  std::vector<http_worker> idle;
  /// All that run, by the batch's lane and number.
  std::map<std::pair<std::uint32_t, std::uint64_t>, request> running;
};

/// Spawn with `sys.spawn(dispatcher, init)`.
dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_init init);

} // namespace bqs
