#pragma once

// Messages and interfaces inside a node. They carry handles to shared memory
// and are never written to a wire: CAF refuses to serialise them.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "actors/batch.hpp"
#include "actors/block_registry.hpp"
#include "bqstreamer/interfaces.hpp"
#include "bqstreamer/options.hpp"
#include "bqstreamer/subscriber.hpp"
#include "http/credentials.hpp"

namespace bqs {

namespace internal {

// -- gate and supervisor ------------------------------------------------------

/// A block whose frame is right and whose budget is reserved.
struct offer {
  block rows;
  std::shared_ptr<lease> reserved;
  /// Who gets the receipt; null for rows of the node's own stream.
  caf::strong_actor_ptr sender;
};

/// A sender asks how a block stands, and gets its receipt from now on.
struct inquiry {
  ask about;
  caf::strong_actor_ptr sender;
};

/// Receipts on their way out: those of all blocks that one answer has closed.
struct deliveries {
  struct delivery {
    caf::strong_actor_ptr to;
    receipt_ptr what;
  };

  std::vector<delivery> all;
};

/// A table has become well, or ceased to be.
struct table_health {
  table_ref table;
  bool well = true;
};

/// The single rows that wait in the gate's mailbox have been seen.
struct pack_rows {};

/// The next status may be made.
struct status_due {};

/// Tell when what went out has been acknowledged.
struct finish {};

// -- supervisor and streamer --------------------------------------------------

/// Rows of a block that a lane shall bring to an end.
struct assignment {
  held_block_ptr source;
  std::vector<row_range> rows;
  /// An earlier generation may have sent them.
  bool uncertain = false;
};

/// What a streamer has decided for good.
struct decisions {
  std::uint32_t lane = 0;
  std::vector<decision> items;
};

/// Send nothing any more, or go on.
struct halt {
  bool on = true;
};

/// The service refuses the credential that all tables share, or does no more.
struct credential_news {
  bool refused = false;
  /// The service's words.
  std::string reason;
};

/// How a table looks from a lane.
struct lane_condition {
  std::uint32_t lane = 0;
  table_state state = table_state::ok;
  std::string reason;
};

/// Numbers of blocks that a streamer notes before it acts. The supervisor reads
/// them after the streamer's end.
struct streamer_notes {
  /// Named by the message that it handles.
  std::vector<std::uint64_t> in_hand;
  /// Of which a try may have stored rows though nobody knows: for a successor.
  std::set<std::uint64_t> doubtful;
};

// -- streamer, dispatcher, http -----------------------------------------------

/// Where the batches of a lane go, and how.
struct target {
  /// Path and query of the request.
  std::string path;
  insert_options insert;
  /// Whose quotas the table shares.
  std::string project;
};

using target_ptr = std::shared_ptr<const target>;

/// A lane has rows that are ready.
struct ready {
  std::uint32_t lane = 0;
  std::uint32_t generation = 0;
};

/// It is the lane's turn. Ends with a `submission`, or with the lane.
struct turn {
  std::uint64_t number = 0;
  /// The retry budget is spent: rows that were tried before go as a probe.
  bool probe_only = false;
};

/// What a lane does with its turn.
struct submission {
  std::uint32_t lane = 0;
  std::uint32_t generation = 0;
  std::uint64_t turn = 0;
  /// Null: nothing.
  batch_ptr rows;
  /// The lane is ready for another turn.
  bool more = false;
};

/// One request to send.
struct job {
  std::uint32_t lane = 0;
  target_ptr to;
  batch_ptr rows;
};

/// How it ended.
struct job_result {
  std::uint32_t lane = 0;
  std::shared_ptr<const batch_result> result;
};

/// What earlier generations of a lane have in flight.
struct in_flight {
  std::vector<batch_ptr> batches;
};

/// A token for requests.
struct access {
  /// The value behind `Bearer `; empty: none is wanted.
  std::string value;
  /// Counts up with each new token; 0: there is none, `error` says why.
  std::uint64_t generation = 0;
  std::string error;
  /// Ask for another one from here on.
  time_point renew_at;
  /// The project that pays for requests; empty: that of the tables.
  std::string quota_project;
  /// Whether the service has refused it: what one http actor hears all others
  /// see that have the same token.
  std::shared_ptr<std::atomic<bool>> refused = {};
};

/// What came of fetching a token, or why nothing did.
struct fetched {
  std::variant<http::token, std::string> result;
};

// -- failures -----------------------------------------------------------------

/// Failed rows that are not settled before the writer of dead letters has them
/// on disk and the collector has taken them in.
struct losses {
  std::uint64_t number = 0;
  /// Never null. Shared, since they may wait for a disk.
  std::shared_ptr<const std::vector<decision>> items;
};

/// What a collector that ends leaves to the next one about a subscriber. The
/// gate keeps it, one collector at a time reads and writes it.
struct subscriber_past {
  /// Of the last message: a late acknowledgement means none of the next one's.
  std::uint64_t last_number = 0;
  /// Rows that it was not told, and does not know of.
  std::uint64_t missed = 0;
};

/// A subscriber, and what it wants.
struct subscription {
  caf::strong_actor_ptr who;
  join what;
  /// Never null.
  std::shared_ptr<subscriber_past> past;
};

/// A message for a subscriber.
struct dispatch {
  caf::strong_actor_ptr to;
  std::shared_ptr<const failures> what;
  /// Rows missed before `what`; 0: none.
  std::uint64_t missed = 0;
  /// Changes before `what`.
  std::vector<state_change> states = {};
};

} // namespace internal

// -- interfaces ---------------------------------------------------------------

/// One keep-alive connection: builds a body, sends it, classifies the answer,
/// decides nothing else. May die at any time.
using http_actor = caf::typed_actor<
  // Sends a batch; the answer goes to the dispatcher as `job_result`.
  caf::replies_to<internal::job>::with<internal::job_result>>;

/// One access token per credential, renewed ahead of its end.
using token_actor = caf::typed_actor<
  // The current token; a fresh one if the one of this generation was refused.
  caf::replies_to<caf::get_atom, std::uint64_t>::with<internal::access>,
  // Internal: time to renew.
  caf::reacts_to<caf::tick_atom, std::uint64_t>,
  // Internal: time to see whether the credentials have changed.
  caf::reacts_to<caf::update_atom>>;

/// Fetches tokens, and waits for whoever gives them, so that the token actor
/// need not.
using token_fetcher = caf::typed_actor<
  // A new token; of new credentials if they have changed.
  caf::replies_to<caf::get_atom>::with<internal::fetched>,
  // Whether new credentials are in use from now on.
  caf::replies_to<caf::update_atom>::with<bool>>;

/// Decides when the rows of a lane are ready, and what becomes of each.
using streamer_actor = caf::typed_actor<
  // What earlier generations have in flight; comes before any assignment.
  caf::reacts_to<internal::in_flight>,
  // Rows to bring to an end.
  caf::reacts_to<internal::assignment>,
  // Cut a batch.
  caf::reacts_to<internal::turn>,
  // How a batch ended. The answer says that it need not be told again.
  caf::replies_to<internal::job_result>::with<caf::ok_atom>,
  // Makes open rows ready; answers with their number.
  caf::replies_to<caf::flush_atom>::with<std::uint64_t>,
  // From now on all rows are ready.
  caf::reacts_to<caf::close_atom>,
  // Decides what is left as `shutdown`.
  caf::reacts_to<caf::delete_atom>,
  // An operator has paused the table, or resumed it.
  caf::reacts_to<internal::halt>,
  // What the dispatcher knows of the credential.
  caf::reacts_to<internal::credential_news>,
  // Internal: a timer.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// Gives idle http actors to lanes that are ready, fairly over tables.
using dispatcher_actor = caf::typed_actor<
  // Lane, generation, table, streamer: the lane has a (new) streamer. It is
  // told what is in flight before this is answered.
  caf::replies_to<caf::join_atom, std::uint32_t, std::uint32_t, std::string,
                  internal::target_ptr, streamer_actor>::with<caf::ok_atom>,
  // The lane is retired.
  caf::reacts_to<caf::delete_atom, std::uint32_t>,
  caf::reacts_to<internal::ready>, caf::reacts_to<internal::submission>,
  // Internal: a timer.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

/// Keeps failed rows on disk.
using dead_letter_writer_actor = caf::typed_actor<
  // Answers with the number once the rows are safe, however long that takes.
  caf::replies_to<internal::losses>::with<std::uint64_t>,
  // Internal: write what waits.
  caf::reacts_to<caf::tick_atom>>;

/// Takes in every failed row and tells those who joined.
using error_collector_actor = caf::typed_actor<
  // Copies what it needs; answers with the number once it is safe.
  caf::replies_to<internal::losses>::with<std::uint64_t>,
  // Tells the past failures that were asked for, behind its answer.
  caf::replies_to<internal::subscription>::with<reply>,
  // The state of a table has changed.
  caf::reacts_to<state_change>,
  // The subscriber leaves, and may still acknowledge what it was told.
  caf::reacts_to<caf::leave_atom, caf::strong_actor_ptr>,
  // It is gone.
  caf::reacts_to<caf::delete_atom, caf::strong_actor_ptr>,
  // The subscriber has got all up to this number.
  caf::reacts_to<failures_ack, caf::strong_actor_ptr>,
  // Answers when nothing is unacknowledged any more.
  caf::replies_to<internal::finish>::with<caf::ok_atom>>;

namespace internal {

/// The collector is, or is again, this one.
struct collector_up {
  error_collector_actor who;
};

} // namespace internal

/// What its own node tells the GATE, beside what anybody may. All of it is of
/// types that cannot come from a wire.
using gate_actor = node_actor::extend<
  // Sends a receipt to a sender.
  caf::reacts_to<internal::deliveries>,
  // Sends failures to a subscriber.
  caf::reacts_to<internal::dispatch>,
  // The collector is, or is again, this one. Answers when all that have joined
  // are with it.
  caf::replies_to<internal::collector_up>::with<caf::ok_atom>,
  // How a table is: what it may hold depends on it.
  caf::reacts_to<internal::table_health>,
  // Makes blocks of the single rows.
  caf::reacts_to<internal::pack_rows>,
  // Asks for the status again, if somebody waits for it.
  caf::reacts_to<internal::status_due>,
  // Answers when no receipt is unacknowledged any more.
  caf::replies_to<internal::finish>::with<caf::ok_atom>>;

/// Keeps accepted blocks until they are settled, with ledger and receipts;
/// spawns, watches and restarts the rest.
using supervisor_actor = caf::typed_actor<
  // The gate is this one: starts the rest.
  caf::reacts_to<gate_actor>, caf::replies_to<internal::offer>::with<admission>,
  caf::replies_to<internal::inquiry>::with<standing>,
  // From streamers.
  caf::reacts_to<internal::decisions>, caf::reacts_to<internal::lane_condition>,
  // From operators, by way of the gate.
  caf::replies_to<flush>::with<reply>, caf::replies_to<pause>::with<reply>,
  caf::replies_to<resume>::with<reply>, caf::replies_to<drain>::with<reply>,
  caf::replies_to<get_status>::with<status>,
  // Internal: a timer.
  caf::reacts_to<caf::tick_atom>,
  // Internal: the time of the drain is up, in this stage of it.
  caf::reacts_to<caf::timeout_atom, std::uint32_t>>;

} // namespace bqs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::offer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::inquiry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::assignment)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::decisions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::lane_condition)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::halt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::credential_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::target_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::submission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::job_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::in_flight)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::access)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::fetched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::losses)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::subscription)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::dispatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::collector_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::table_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::pack_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::status_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::internal::finish)

CAF_BEGIN_TYPE_ID_BLOCK(bqs_internal, caf::id_block::bqs_subscriber::end)

  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::offer))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::inquiry))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::deliveries))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::assignment))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::decisions))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::lane_condition))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::halt))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::credential_news))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::target_ptr))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::ready))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::turn))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::submission))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::job))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::job_result))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::in_flight))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::access))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::fetched))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::losses))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::subscription))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::dispatch))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::collector_up))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::table_health))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::pack_rows))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::status_due))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::internal::finish))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::http_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::token_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::token_fetcher))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::streamer_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::dispatcher_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::error_collector_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::dead_letter_writer_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::supervisor_actor))
  CAF_ADD_TYPE_ID(bqs_internal, (bqs::gate_actor))

CAF_END_TYPE_ID_BLOCK(bqs_internal)

static_assert(caf::id_block::bqs_internal::end <= bqs::first_free_type_id);
