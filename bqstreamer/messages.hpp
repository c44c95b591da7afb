#pragma once

// The messages of protocol `bqstreamer/2`, as docs/protocol.md describes them.
// Any change of a field is another protocol: see docs/decisions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>
#include <caf/type_id.hpp>

#include "bqstreamer/block.hpp"

namespace bqs {

/// Peers that speak another one are refused when they connect.
inline constexpr const char* protocol = "bqstreamer/2";

// -- rows in ------------------------------------------------------------------

/// A single row: the simplest thing a sender can do. Answered with an
/// admission if requested; there is no receipt.
struct row {
  table_ref table;
  /// One JSON object.
  std::string json;
  /// Lets BigQuery drop a second copy of this row. Empty: none, then sending
  /// the row again stores it again.
  std::string insert_id;
  extras_map extras;

  friend bool operator==(const row&, const row&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, row& x) {
    return f(caf::meta::type_name("bqs::row"), x.table, x.json, x.insert_id,
             x.extras);
  }
};

/// Names the row's table; never shows the row.
std::string to_string(const row& x);

/// What the node says to a block or row. A code that a sender does not know
/// means refused for good.
enum class admission_code : std::uint8_t {
  /// Taken: each of the rows will be stored or failed.
  accepted = 1,
  /// No room now; the same again after `wait`.
  overloaded = 2,
  /// The node is about to stop: another one, or the same later.
  draining = 3,
  /// Never as it is: `limit` is the largest block in bytes.
  block_too_large = 4,
  /// Never: `text` says what is wrong with the frame.
  malformed = 5,
  /// Never: overlaps a block that is held or remembered, and is another.
  conflict = 6,
  /// This node does not know how.
  not_supported = 7,
};

/// The quick answer to a block or row: taken whole, or refused whole and why.
struct admission {
  /// Identity of the block; zeros for a single row.
  stream_id stream;
  std::uint64_t first = 0;
  std::uint32_t rows = 0;
  admission_code code = admission_code::accepted;
  /// With `overloaded`: how long to wait.
  caf::timespan wait{0};
  /// With `block_too_large`: most bytes of a block.
  std::uint64_t limit = 0;
  /// One line for people.
  std::string text;
  extras_map extras;

  friend bool operator==(const admission&, const admission&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, admission& x) {
    return f(caf::meta::type_name("bqs::admission"), x.stream, x.first, x.rows,
             x.code, x.wait, x.limit, x.text, x.extras);
  }
};

/// What became of a block? For a sender in doubt.
struct ask {
  stream_id stream;
  std::uint64_t first = 0;
  std::uint32_t rows = 0;
  table_ref table;

  friend bool operator==(const ask&, const ask&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, ask& x) {
    return f(caf::meta::type_name("bqs::ask"), x.stream, x.first, x.rows,
             x.table);
  }
};

/// Why rows failed.
struct failure_reason {
  /// The service's reason such as `invalid`, or one of ours such as
  /// `malformed`, `shutdown`, `expired`.
  std::string reason;
  std::string message;
  /// Path of the field, as the service gives it.
  std::string location;
  /// HTTP status of the answer; 0 if there was none.
  std::uint16_t http_status = 0;
  /// An earlier try may have stored the rows all the same.
  bool uncertain = false;

  friend bool operator==(const failure_reason&, const failure_reason&)
    = default;
  friend auto operator<=>(const failure_reason&, const failure_reason&)
    = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 failure_reason& x) {
    return f(caf::meta::type_name("bqs::failure_reason"), x.reason, x.message,
             x.location, x.http_status, x.uncertain);
  }
};

/// Consecutive rows of a stream that failed for the same reason.
struct failed_range {
  /// Number of the first one in its stream.
  std::uint64_t first = 0;
  std::uint32_t rows = 0;
  /// Position in `receipt::reasons`.
  std::uint32_t reason = 0;

  friend bool operator==(const failed_range&, const failed_range&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 failed_range& x) {
    return f(caf::meta::type_name("bqs::failed_range"), x.first, x.rows,
             x.reason);
  }
};

/// The final word on an accepted block; also counts as its admission.
/// `stored` plus the rows of `failures` is `rows`.
struct receipt {
  stream_id stream;
  std::uint64_t first = 0;
  std::uint32_t rows = 0;
  table_ref table;
  std::uint32_t stored = 0;
  /// Of those stored: rows of which an earlier try may have stored a copy.
  std::uint32_t possibly_duplicated = 0;
  std::vector<failure_reason> reasons;
  /// Ascending, not overlapping.
  std::vector<failed_range> failures;
  extras_map extras;

  friend bool operator==(const receipt&, const receipt&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, receipt& x) {
    return f(caf::meta::type_name("bqs::receipt"), x.stream, x.first, x.rows,
             x.table, x.stored, x.possibly_duplicated, x.reasons, x.failures,
             x.extras);
  }
};

enum class standing_code : std::uint8_t {
  /// Accepted, not settled yet.
  held = 1,
  /// Settled: `receipt` says how.
  settled = 2,
  /// Never seen, or forgotten.
  unknown = 3,
};

/// The answer to `ask`.
struct standing {
  standing_code code = standing_code::unknown;
  caf::optional<bqs::receipt> receipt;

  friend bool operator==(const standing&, const standing&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, standing& x) {
    return f(caf::meta::type_name("bqs::standing"), x.code, x.receipt);
  }
};

/// Receipts that have arrived; the node sends only so many without hearing it.
struct receipts_ack {
  std::uint32_t count = 0;

  friend bool operator==(const receipts_ack&, const receipts_ack&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 receipts_ack& x) {
    return f(caf::meta::type_name("bqs::receipts_ack"), x.count);
  }
};

// -- operation ----------------------------------------------------------------

/// The extra of `flush`, `pause`, `resume`, `drain`, `get_status` and `join`
/// that holds the pass of operators. A node without one does not look at it.
inline constexpr const char* admin_pass_extra = "admin-pass";

enum class reply_code : std::uint8_t {
  ok = 1,
  /// This node does not know how.
  not_supported = 2,
  /// `text` says what is wrong.
  malformed = 3,
  /// Not without the node's admin pass.
  denied = 4,
};

/// The answer to a request of the kind "do this".
struct reply {
  reply_code code = reply_code::ok;
  /// With `flush`: rows that were marked.
  std::uint64_t rows = 0;
  /// One line for people.
  std::string text;

  friend bool operator==(const reply&, const reply&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, reply& x) {
    return f(caf::meta::type_name("bqs::reply"), x.code, x.rows, x.text);
  }
};

/// Send what waits to become a batch now. Answered at once with the number of
/// rows that were marked, not when they are stored.
struct flush {
  /// All tables if absent.
  caf::optional<table_ref> table;
  extras_map extras = {};

  friend bool operator==(const flush&, const flush&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, flush& x) {
    return f(caf::meta::type_name("bqs::flush"), x.table, x.extras);
  }
};

/// Hold the rows of a table (of all tables if absent) until `resume`.
struct pause {
  caf::optional<table_ref> table;
  extras_map extras = {};

  friend bool operator==(const pause&, const pause&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, pause& x) {
    return f(caf::meta::type_name("bqs::pause"), x.table, x.extras);
  }
};

/// End a `pause`, or the quarantine of a table.
struct resume {
  caf::optional<table_ref> table;
  extras_map extras = {};

  friend bool operator==(const resume&, const resume&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, resume& x) {
    return f(caf::meta::type_name("bqs::resume"), x.table, x.extras);
  }
};

/// Deliver what is held, refuse what comes, then stop. Answered at once.
struct drain {
  /// The node's `drain.timeout` if absent.
  caf::optional<caf::timespan> timeout;
  extras_map extras = {};

  friend bool operator==(const drain&, const drain&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, drain& x) {
    return f(caf::meta::type_name("bqs::drain"), x.timeout, x.extras);
  }
};

/// How does the node stand?
struct get_status {
  extras_map extras = {};

  friend bool operator==(const get_status&, const get_status&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, get_status& x) {
    return f(caf::meta::type_name("bqs::get_status"), x.extras);
  }
};

/// The answer: one JSON object, described in docs/protocol.md.
struct status {
  /// Empty unless `code` is `ok`.
  std::string json;
  reply_code code = reply_code::ok;
  /// One line for people.
  std::string text = {};

  friend bool operator==(const status&, const status&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, status& x) {
    return f(caf::meta::type_name("bqs::status"), x.json, x.code, x.text);
  }
};

// -- failures out -------------------------------------------------------------

/// Tell me about failures. The requesting actor becomes the subscriber; a
/// second `join` replaces the first.
struct join {
  /// Failed rows, as `failures`.
  bool failures = true;
  /// Changes of table states, as `state_change`.
  bool states = false;
  /// Only this table; all if absent.
  caf::optional<table_ref> table;
  /// How many past failures to send first.
  std::uint32_t last = 0;
  /// Most bytes on their way to the subscriber that it has not acknowledged;
  /// beyond, failures are dropped for it and counted. 0: the node's default.
  std::uint64_t window = 0;
  extras_map extras;

  friend bool operator==(const join&, const join&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, join& x) {
    return f(caf::meta::type_name("bqs::join"), x.failures, x.states, x.table,
             x.last, x.window, x.extras);
  }
};

/// Tell me no more.
struct leave {
  extras_map extras = {};

  friend bool operator==(const leave&, const leave&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, leave& x) {
    return f(caf::meta::type_name("bqs::leave"), x.extras);
  }
};

/// A failed row, its bytes as they came.
struct failed_row {
  /// The sender's, or the one derived from stream and number.
  std::string insert_id;
  std::string json;

  friend bool operator==(const failed_row&, const failed_row&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, failed_row& x) {
    return f(caf::meta::type_name("bqs::failed_row"), x.insert_id, x.json);
  }
};

/// Names the row; never shows it.
std::string to_string(const failed_row& x);

/// Rows of one table that failed together for one reason.
struct failure {
  table_ref table;
  failure_reason why;
  /// How often the rows were sent.
  std::uint32_t attempts = 0;
  /// When they were given up.
  caf::timestamp time;
  std::vector<failed_row> rows;

  friend bool operator==(const failure&, const failure&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, failure& x) {
    return f(caf::meta::type_name("bqs::failure"), x.table, x.why, x.attempts,
             x.time, x.rows);
  }
};

/// What a subscriber gets; it acknowledges by number.
struct failures {
  /// From 1, per subscriber, without gaps.
  std::uint64_t number = 0;
  std::vector<failure> items;
  extras_map extras;

  friend bool operator==(const failures&, const failures&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, failures& x) {
    return f(caf::meta::type_name("bqs::failures"), x.number, x.items,
             x.extras);
  }
};

/// All `failures` up to this number have arrived.
struct failures_ack {
  std::uint64_t number = 0;

  friend bool operator==(const failures_ack&, const failures_ack&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 failures_ack& x) {
    return f(caf::meta::type_name("bqs::failures_ack"), x.number);
  }
};

/// Rows that failed and were not told, since the subscriber's window was full.
struct missed {
  std::uint64_t rows = 0;

  friend bool operator==(const missed&, const missed&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, missed& x) {
    return f(caf::meta::type_name("bqs::missed"), x.rows);
  }
};

/// How a table does; its worst lane's state.
enum class table_state : std::uint8_t {
  ok = 1,
  throttled = 2,
  unavailable = 3,
  missing = 4,
  unauthorized = 5,
  paused = 6,
  quarantined = 7,
};

/// A table's state has changed.
struct state_change {
  table_ref table;
  table_state state = table_state::ok;
  std::string reason;
  caf::timestamp since;

  friend bool operator==(const state_change&, const state_change&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 state_change& x) {
    return f(caf::meta::type_name("bqs::state_change"), x.table, x.state,
             x.reason, x.since);
  }
};

std::string to_string(admission_code x);
std::string to_string(standing_code x);
std::string to_string(reply_code x);
std::string to_string(table_state x);

} // namespace bqs

namespace bqs {

/// Type-id blocks of programs that use these headers begin here:
///
///     CAF_BEGIN_TYPE_ID_BLOCK(my_messages, bqs::first_free_type_id)
inline constexpr caf::type_id_t first_free_type_id
  = caf::first_custom_type_id + 1000;

} // namespace bqs

// Both ends of a connection agree on these names: append, never reorder.
CAF_BEGIN_TYPE_ID_BLOCK(bqs_messages, first_custom_type_id)

  CAF_ADD_TYPE_ID(bqs_messages, (bqs::stream_id))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::table_ref))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::block))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::row))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::admission_code))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::admission))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::ask))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failure_reason))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failed_range))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::receipt))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::standing_code))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::standing))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::receipts_ack))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::reply_code))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::reply))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::flush))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::pause))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::resume))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::drain))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::get_status))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::status))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::join))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::leave))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failed_row))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failure))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failures))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::failures_ack))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::missed))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::table_state))
  CAF_ADD_TYPE_ID(bqs_messages, (bqs::state_change))

CAF_END_TYPE_ID_BLOCK(bqs_messages)
