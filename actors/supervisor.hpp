#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/block_registry.hpp"
#include "actors/budget.hpp"
#include "actors/counters.hpp"
#include "actors/dead_letter_gauge.hpp"
#include "actors/http_actor.hpp"
#include "actors/internal.hpp"
#include "actors/ledger.hpp"
#include "actors/pause_rules.hpp"
#include "actors/streamer.hpp"
#include "bqstreamer/drain_report.hpp"
#include "bqstreamer/options.hpp"
#include "http/credentials.hpp"

namespace bqs {

/// What a supervisor is told at start. The two factories are where tests put
/// stand-ins.
struct supervisor_init {
  node_options options;
  std::shared_ptr<budget> room;
  std::shared_ptr<counters> count;
  /// Starts the token actor.
  std::function<token_actor(caf::actor_system&)> make_tokens;
  /// Starts the writer of dead letters; empty: there are none.
  std::function<dead_letter_writer_actor(caf::actor_system&)> make_dead_letters;
  /// Of those writers; null if there are none.
  std::shared_ptr<dead_letter_gauge> dead_letters;
  /// Starts an http actor.
  std::function<http_worker(caf::actor_system&, token_actor)> make_worker;
  /// Starts a streamer; the real one if empty.
  std::function<streamer_actor(caf::actor_system&, streamer_init)>
    make_streamer;
  /// Called once, when a drain has ended. In the thread of the supervisor.
  std::function<void(const drain_report&)> on_drained;
};

/// The state of a SUPERVISOR.
///
/// Invariant: each held block is placed with one lane. A row of it is with
/// that lane's streamer, or decided.
struct supervisor_state {
  using pointer = supervisor_actor::stateful_pointer<supervisor_state>;

  static inline const char* name = "supervisor";

  /// One streamer of a table, over its restarts.
  struct lane_record {
    std::uint32_t id = 0;
    table_ref ref;
    /// How it shows up in ledger and status.
    std::string table;
    std::shared_ptr<const table_options> options;
    internal::target_ptr to;
    streamer_actor streamer;
    std::uint32_t generation = 0;
    /// The dispatcher knows the streamer: it may be given blocks.
    bool entered = false;
    bool quarantined = false;
    bool paused = false;
    /// Rows were given up that may be in flight: nobody shall adopt the
    /// batches.
    bool disowned = false;
    /// A flush came before the streamer had its blocks.
    bool flush_due = false;
    /// The streamer's until it has ended.
    std::shared_ptr<internal::streamer_notes> notes;
    /// Blocks in doubt that streamers which have ended left there, and all that
    /// an ended dispatcher may have sent.
    std::set<std::uint64_t> suspected;
    std::vector<time_point> restarts;
    table_state state = table_state::ok;
    std::string reason;
    std::set<std::uint64_t> blocks;
    std::size_t bytes = 0;
    time_point idle_since;
  };

  /// What is known of a held block beside its record in the registry.
  struct placing {
    std::uint32_t lane = 0;
    std::string table;
    caf::strong_actor_ptr sender;
    /// Streamers that crashed over it.
    std::uint32_t crashes = 0;
  };

  /// Failed rows that are not settled.
  struct loss {
    std::shared_ptr<const std::vector<decision>> items;
    std::uint64_t rows = 0;
    /// They are on disk, or need not be.
    bool written = false;
    /// Collectors that were told.
    std::uint32_t told = 0;
    /// What is kept beside the blocks until then.
    lease reserved;
  };

  enum class stage : std::uint8_t {
    running,
    /// Retries go on.
    draining,
    /// Time is up: streamers decide what is left.
    abandoning,
    /// All is settled; what went out is being acknowledged.
    telling,
    ended,
  };

  explicit supervisor_state(pointer self_ptr);

  // -- children ---------------------------------------------------------------

  void start_collector();
  void start_dead_letters();
  void start_tokens();
  void start_dispatcher();
  /// Starts what has ended, in order.
  void mend();
  void handle_down(const caf::down_msg& x);
  void stop_all(const caf::error& reason);

  // -- lanes ------------------------------------------------------------------

  lane_record& route(const block& x, const std::string& table);
  lane_record& open_lane(const block& x, const std::string& table);
  /// Gives a lane a streamer, and that one all that is not decided.
  /// @param uncertain what an earlier streamer has sent is not known.
  void start_streamer(lane_record& x, bool uncertain);
  void assign(lane_record& x, std::uint64_t block);
  /// Whether the message at hand is from the lane's streamer, and not from one
  /// that was replaced: its rows are with the successor, which may send them.
  bool is_heard(std::uint32_t lane) const;
  void handle_crash(lane_record& x);
  void quarantine(lane_record& x);
  void set_condition(lane_record& x, table_state state, std::string reason);
  /// Tells the collector if the worst state of a table's lanes has changed.
  void note_state(const std::string& table, const table_ref& ref);
  bool is_of(const lane_record& x, const table_ref& wanted) const;
  reply pause_lanes(const caf::optional<table_ref>& table);
  /// Ends a pause, or a quarantine.
  reply resume_lanes(const caf::optional<table_ref>& table);
  std::uint64_t undecided_rows(const lane_record& x);
  void retire_idle();

  // -- rows -------------------------------------------------------------------

  admission admit(const internal::offer& x);
  standing tell(const internal::inquiry& x);
  void settle(std::vector<decision> xs);
  /// Fails what is not decided yet of a block.
  void give_up(std::uint64_t block, failure_reason why);
  void expire_quarantined();
  void collect(std::vector<decision> xs);
  void add_loss(std::vector<decision> xs);
  void write_losses(std::uint64_t number);
  void send_losses(std::uint64_t number);
  void settle_losses(std::uint64_t number);
  /// Lets a block go if its rows are all settled; `due` gets its receipt.
  void close(std::uint64_t block, internal::deliveries& due);
  void send_receipts(internal::deliveries due);

  // -- operation --------------------------------------------------------------

  std::string display_name(const table_ref& x) const;
  table_ref resolved(const table_ref& x) const;
  caf::result<reply> flush_lanes(const caf::optional<table_ref>& table);
  std::string status_json() const;
  reply begin_drain(const caf::optional<caf::timespan>& timeout);
  void time_is_up(std::uint32_t at);
  void check_drained();
  void tell_rest();
  void report();

  pointer self;
  supervisor_init init;
  /// Those of `init`, for streamers, which may live longer than all this.
  std::shared_ptr<const node_options> options;
  gate_actor gate;
  error_collector_actor collector;
  /// Those who joined are with the collector: it may be told losses.
  bool collector_entered = false;
  dead_letter_writer_actor dead_letters;
  token_actor tokens;
  dispatcher_actor dispatcher;

  block_registry registry{0, {}};
  bqs::ledger books;
  std::uint64_t last_block = 0;
  std::map<std::uint64_t, placing> placings;
  std::uint32_t last_lane = 0;
  std::map<std::uint32_t, lane_record> lanes;
  std::map<std::string, std::vector<std::uint32_t>> lanes_of;
  pause_rules paused;
  /// Tables that are not `ok`.
  std::map<std::string, state_change> troubled;
  /// What has changed while there was no collector.
  std::map<std::string, state_change> untold_states;
  /// Failed rows that are not written yet, or that the collector has not taken
  /// in.
  std::map<std::uint64_t, loss> losses;
  std::uint64_t last_losses = 0;
  /// Rows of them that are not written.
  std::uint64_t unwritten = 0;

  stage at = stage::running;
  std::map<std::string, std::uint64_t> shut_down;
  /// Rows held, and bytes of dead letters, when time was last up.
  std::pair<std::uint64_t, std::uint64_t> last_progress;
  std::uint32_t untold = 0;
  time_point started;
};

/// Spawn with `sys.spawn(supervisor, init)`, then spawn a gate with it.
supervisor_actor::behavior_type supervisor(supervisor_state::pointer self,
                                           supervisor_init init);

} // namespace bqs
