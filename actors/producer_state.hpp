#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/batch.hpp"
#include "actors/block_builder.hpp"
#include "actors/producer.hpp"

namespace bqs {

/// The state of a PRODUCER.
///
/// Invariant: a pushed row is open in its table, in one block that is out, or
/// settled.
struct producer_state {
  using pointer = producer_actor::stateful_pointer<producer_state>;

  static inline const char* name = "producer";

  /// Rows that were pushed together.
  struct segment {
    caf::strong_actor_ptr pusher;
    std::uint64_t tag = 0;
    std::uint32_t rows = 0;
  };

  /// A block on its way.
  struct out_block {
    block what;
    std::vector<segment> segments;
    std::size_t bytes = 0;
    /// The node has it.
    bool admitted = false;
    /// A request about it is under way, or its resending is due.
    bool busy = false;
    std::uint32_t refusals = 0;
    time_point heard;
  };

  struct table {
    block_builder open;
    std::vector<segment> segments;
    time_point since;
    /// Bytes that are not settled.
    std::size_t unsettled = 0;
    /// Replies that wait for room.
    std::deque<std::pair<caf::typed_response_promise<pushed>, std::uint64_t>>
      waiting;
  };

  explicit producer_state(pointer self_ptr);

  caf::result<pushed> take(const push& x);
  /// Sends the open rows of a table.
  void pack(const table_ref& which, table& x);
  void pack_all();
  void send_out(const table_ref& which, std::shared_ptr<const block_bytes> rows,
                std::vector<segment> segments);
  void send(std::uint64_t first);
  void resend_after(std::uint64_t first, std::chrono::milliseconds wait);
  void handle(std::uint64_t first, const admission& x);
  /// What became of the block? Then sends it again or waits on.
  void ask_about(std::uint64_t first);
  void handle(const receipt& x);
  /// Cuts a refused block in two.
  void split(std::uint64_t first);
  void fail(std::uint64_t first, failure_reason why);
  void lose_node();
  void settle(const out_block& x, const receipt& y);
  void make_room(table& x);
  void pack_due(time_point now);
  void watch(time_point now);
  void set_pack_timer();
  void check_closed();

  pointer self;
  sender_actor node;
  producer_options options;
  bool lost = false;
  stream_id stream = make_stream_id();
  std::uint64_t next_row = 0;
  std::map<table_ref, table> tables;
  /// By number of the first row.
  std::map<std::uint64_t, out_block> out;
  producer_totals totals;
  bool pack_timer = false;
  std::vector<caf::typed_response_promise<producer_totals>> closing;
  std::minstd_rand dice;
};

/// Spawn with `spawn_producer`, or for tests with `sys.spawn(producer, …)`.
producer_actor::behavior_type producer(producer_state::pointer self,
                                       sender_actor to,
                                       producer_options options);

} // namespace bqs
