#pragma once

#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/internal.hpp"
#include "actors/lane.hpp"

namespace bqs {

/// What a streamer is told at start, and keeps.
struct streamer_init {
  /// Number of the lane, and how many streamers it had before.
  std::uint32_t lane = 0;
  std::uint32_t generation = 0;
  std::shared_ptr<const table_options> options;
  /// Shared with the supervisor.
  std::shared_ptr<internal::streamer_notes> notes;
  supervisor_actor supervisor;
  dispatcher_actor dispatcher;
  /// The table as the supervisor knows it; first as the one before has left it.
  lane::condition condition = {};
  bool paused = false;
};

/// The state of a STREAMER: carries what its `lane` decides.
struct streamer_state {
  using pointer = streamer_actor::stateful_pointer<streamer_state>;

  static inline const char* name = "streamer";

  explicit streamer_state(pointer self_ptr);

  void assign(const internal::assignment& x);

  void take_turn(const internal::turn& x);

  void settle(const batch_result& x);

  void tell_decided();

  /// Forgets blocks in doubt that are decided, now and then.
  void trim_doubtful();

  /// Reports what was decided, asks for a turn if rows are ready, else sets
  /// the timer.
  void act();

  pointer self;
  streamer_init init;
  std::optional<lane> mind;
  std::vector<decision> decided;
  /// Blocks in doubt that make it worth looking for those that are decided.
  std::size_t trim_at = 0;
  /// A turn was asked for and has not come.
  bool turn_due = false;
  /// When the timer fires; old ones are known by their number.
  std::optional<time_point> timer;
  std::uint64_t timer_number = 0;
  std::minstd_rand dice;
};

/// Spawn with `sys.spawn(streamer, init)`.
streamer_actor::behavior_type streamer(streamer_state::pointer self,
                                       streamer_init init);

} // namespace bqs
