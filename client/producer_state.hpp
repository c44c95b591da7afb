#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/producer.hpp"
#include "client/row_buffer.hpp"

namespace bqs {

/// The state of a PRODUCER.
///
/// Invariant: a pushed row is open in its table, in one block that is out, or
/// settled.
struct producer_state {
  using pointer = producer_actor::stateful_pointer<producer_state>;

  using time_point = caf::actor_clock::time_point;

  static inline const char* name = "producer";

  /// Numbers of its timers; that of a refused block is added to the last.
  static constexpr std::uint64_t pack_tick = 0;
  static constexpr std::uint64_t watch_tick = 1;
  static constexpr std::uint64_t ack_tick = 2;
  static constexpr std::uint64_t block_ticks = 3;

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
    /// A request about it is under way.
    bool asked = false;
    /// Number of the admission that is waited for, and since when; 0: none.
    std::uint64_t admission = 0;
    time_point asked_at;
    /// It was refused, and a timer will send it again.
    bool napping = false;
    std::uint32_t refusals = 0;
    /// A node may have it, or have had it.
    bool doubt = false;
    /// A node was lost that may have had it.
    bool orphaned = false;
    /// It was sent once more though a node may have dealt with it before: its
    /// rows may be stored twice.
    bool twice = false;
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

  /// Never 0: what is unsettled is told by its bytes.
  static std::size_t size_of(const block_bytes& x) noexcept;

  caf::result<pushed> take(const push& x);
  void take(const rows_waiting& x);
  /// Adds rows to what is open, or sends them if they are enough.
  void add(const table_ref& which, table& x,
           std::shared_ptr<const block_bytes> rows, segment from,
           time_point since);
  /// Takes what an appender has collected, if there is room.
  /// @returns whether it was taken.
  bool empty(row_buffer& x, time_point since);
  /// Takes what all appenders have, as far as there is room.
  void empty_all();
  /// Sends the open rows of a table.
  void pack(const table_ref& which, table& x);
  void pack_all();
  void send_out(const table_ref& which, std::shared_ptr<const block_bytes> rows,
                std::vector<segment> segments);
  void send(std::uint64_t first);
  void resend_after(std::uint64_t first, std::chrono::milliseconds wait);
  /// Sends a refused block again.
  void wake(std::uint64_t first);
  void handle(std::uint64_t first, const admission& x);
  /// What became of the block? Then sends it again or waits on.
  void ask_about(std::uint64_t first);
  void handle(const receipt& x);
  /// Says that the receipts so far have arrived.
  void acknowledge();
  /// Cuts a refused block in two.
  void split(std::uint64_t first);
  void fail(std::uint64_t first, failure_reason why);
  /// Sends what it can again, or asks about it.
  void find_node(sender_actor x);
  /// Whatever is out is in nobody's hands now.
  void lose_node();
  /// Fails what is out, and what will be pushed until there is a node.
  void give_up(const std::string& why);
  void settle(const out_block& x, const receipt& y);
  bool has_room(const table& x) const noexcept;
  void make_room(table& x);
  void pack_due(time_point now);
  void watch(time_point now);
  void set_pack_timer();
  void check_closed();

  pointer self;
  /// Null while there is none.
  sender_actor node;
  connector_actor line;
  producer_options options;
  /// Receipts from `node` that it does not know to have arrived.
  std::uint32_t unacknowledged = 0;
  /// Of the admissions that were waited for.
  std::uint64_t last_admission = 0;
  /// Counts nodes: what was asked of an earlier one is answered to nobody.
  std::uint32_t generation = 0;
  /// Since when there is no node.
  time_point alone_since;
  /// Why pushes fail; empty while they do not.
  std::string hopeless;
  stream_id stream = make_stream_id();
  std::uint64_t next_row = 0;
  std::map<table_ref, table> tables;
  /// Of appenders that have rows, and since when.
  std::map<std::shared_ptr<row_buffer>, time_point> buffers;
  /// By number of the first row.
  std::map<std::uint64_t, out_block> out;
  producer_totals totals;
  /// Bytes of all tables that are not settled.
  std::size_t unsettled = 0;
  bool pack_timer = false;
  std::vector<caf::typed_response_promise<producer_totals>> closing;
  std::minstd_rand dice;
};

/// Spawn with `spawn_producer`, or for tests with `sys.spawn(producer, …)`.
/// @param to null if it comes by `connected`
producer_actor::behavior_type producer(producer_state::pointer self,
                                       sender_actor to,
                                       producer_options options);

} // namespace bqs
