#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "bqstreamer/connector.hpp"
#include "bqstreamer/interfaces.hpp"

namespace bqs {

/// Rows for the PRODUCER, from an actor in the same process. Made with a
/// `block_builder` (`take_rows`).
struct push {
  table_ref table;
  std::shared_ptr<const block_bytes> rows;
  /// Number that the pusher gives to the first row; the next rows count on
  /// from it. Comes back in `settlement`.
  std::uint64_t tag = 0;
};

/// The reply to `push`, which waits while the table's window is full: whoever
/// waits for it before pushing more cannot outrun the node.
struct pushed {
  std::uint64_t tag = 0;
};

/// What became of pushed rows; sent to whoever pushed them. A push may be
/// settled in several parts, in any order; each row is in exactly one.
struct settlement {
  table_ref table;
  /// Tag of the first row.
  std::uint64_t tag = 0;
  std::uint32_t rows = 0;
  std::uint32_t stored = 0;
  /// Of those stored.
  std::uint32_t possibly_duplicated = 0;
  std::vector<failure_reason> reasons;
  /// `first` is the tag of the first failed row.
  std::vector<failed_range> failures;
};

/// The sum over all rows that were ever pushed.
struct producer_totals {
  std::uint64_t pushed = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  std::uint64_t possibly_duplicated = 0;
};

struct producer_options {
  /// A block leaves at this many rows …
  std::uint32_t block_rows = 5000;
  /// … or this many bytes …
  std::size_t block_bytes = 1u << 20;
  /// … or when its first row has waited this long.
  std::chrono::milliseconds block_age{100};
  /// Most bytes of a table without receipt; further pushes for it wait.
  std::size_t window = 8u << 20;
  /// The same for all tables together.
  std::size_t total_window = 256u << 20;
  /// How long an admission may take before the producer asks.
  std::chrono::milliseconds admission_timeout{5000};
  /// How long a receipt may take before the producer asks how things stand.
  std::chrono::milliseconds receipt_timeout{30'000};
  /// How long a producer with a connector holds rows without a node, before
  /// it fails them as `node_lost`; from then on pushes fail at once until there
  /// is a node again. By default it waits for ever.
  std::chrono::milliseconds give_up = std::chrono::milliseconds::max();
  /// Hears `connected` and `lost` as a producer's connector tells them; may be
  /// null.
  caf::strong_actor_ptr observer;
};

struct row_buffer;

/// Internal: an appender has rows for its PRODUCER.
struct rows_waiting {
  std::shared_ptr<row_buffer> from;
  bool urgent = false;
};

/// Packs pushed rows into blocks of one stream, sends them to a node, and sees
/// each to its end: waits and sends again when the node is overloaded, asks
/// before it sends again for any other reason. `close` waits for what was
/// pushed; only an exit message ends the producer, and so lets its actor system
/// end. What is left then fails as `node_lost`.
using producer_actor = caf::typed_actor<
  // Takes rows; the reply waits while the table's window is full.
  caf::replies_to<push>::with<pushed>,
  // Sends what is open now.
  caf::reacts_to<caf::flush_atom>,
  // Sends what is open, replies when every row is settled.
  caf::replies_to<caf::close_atom>::with<producer_totals>,
  // Internal: from an appender.
  caf::reacts_to<rows_waiting>,
  // Internal: from the node.
  caf::reacts_to<receipt>,
  // Internal: from the connector.
  caf::reacts_to<connected>, caf::reacts_to<lost>,
  // Internal: a timer.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// Spawns a PRODUCER for the node behind `to`, such as one in the same process.
/// When the node ends, what has no receipt fails as `node_lost`, uncertain.
producer_actor spawn_producer(caf::actor_system& sys, sender_actor to,
                              producer_options options = {});

/// Spawns a PRODUCER that reaches its node through a CONNECTOR of its own. When
/// the node is lost it waits until there is one again, asks what became of the
/// blocks without a receipt, and sends those again that the node does not know:
/// the same stream, the same numbers, so the same insert ids. Their rows are
/// counted as `possibly_duplicated`: the node that was lost may have stored
/// them.
producer_actor spawn_producer(caf::actor_system& sys, connector_options to,
                              producer_options options = {});

} // namespace bqs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::push)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::pushed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::settlement)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::producer_totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::rows_waiting)

CAF_BEGIN_TYPE_ID_BLOCK(bqs_producer, caf::id_block::bqs_connector::end)

  CAF_ADD_TYPE_ID(bqs_producer, (bqs::push))
  CAF_ADD_TYPE_ID(bqs_producer, (bqs::pushed))
  CAF_ADD_TYPE_ID(bqs_producer, (bqs::settlement))
  CAF_ADD_TYPE_ID(bqs_producer, (bqs::producer_totals))
  CAF_ADD_TYPE_ID(bqs_producer, (bqs::rows_waiting))
  CAF_ADD_TYPE_ID(bqs_producer, (bqs::producer_actor))

CAF_END_TYPE_ID_BLOCK(bqs_producer)
