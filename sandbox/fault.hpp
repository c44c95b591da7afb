#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sandbox/delivery.hpp"
#include "sandbox/latency.hpp"
#include "sandbox/quantities.hpp"
#include "sandbox/schedule.hpp"

namespace bqs::sandbox {

/// How a connection that a fault ends is ended.
enum class reset_point : std::uint8_t {
  none,
  /// A TCP reset instead of an answer; the request has no effect.
  before,
  /// A TCP reset instead of an answer; the request has its full effect.
  after,
};

/// What kind of body a fault's answer has.
enum class fault_body : std::uint8_t { json, html, empty };

/// What streaming does not know yet for a while after a table was changed.
enum class table_window : std::uint8_t {
  none,
  /// That there is the table: 404, while the other methods know it.
  created,
  /// That there is a table again: 404, another wording.
  recreated,
  /// The same, but rows are acknowledged and lost.
  lost,
  /// The schema: rows are checked by the one before.
  stale_schema,
};

/// One thing that goes wrong on purpose. Written as comma-separated
/// `key=value`, in any order; a backslash in front of a comma keeps it. When:
///
///     method=insertAll         the method: `insertAll`, `tabledata.list`,
///                              `datasets.get`, `tables.insert`, ..., or `*`;
///                              or who gives tokens, which `*` is not about:
///                              `tokens.grant`, `tokens.impersonate`,
///                              `tokens.metadata`
///     table=DATASET.TABLE      only this table, `*` for any part: `ds.*`;
///                              default: all
///     count=3                  only the next 3 requests that match
///     nth=2                    only every 2nd request that matches
///     probability=0.1          only so often
///     from=10s                 only from this time after it was set
///     for=5s                   only so long
///     period=1min              again after each such time; needs `for`
///
/// What, at most one of:
///
///     status=503               answer with this status, 300 to 599 but 304,
///                              without effect
///     reset=before|after       reset the connection, before or after the
///                              rows are committed
///     rows=timeout             store nothing of every `every`-th row, which
///                              gets an error with this reason
///     quota-bytes=10MB/s       403 for what exceeds so much of insertAll's
///     quota-rows=1000/s        bodies, or so many rows with an insert id
///                              (without a store: of all rows)
///     new-table-404=TIMES      404 of insertAll to a table that is so young
///     recreate-404=TIMES       the same if there was one of that name before
///     recreate-loss=TIMES      such a table's rows are acknowledged and lost
///     stale-schema=TIME        rows are checked by the schema of that long ago
///
/// `TIMES` is a time, or a range such as `0s..120s` of which each table gets
/// one. With these go:
///
///     reason=backendError      with `status` or a quota; else what fits those
///     message=WORDS            of that answer, or of each row's error; else
///                              the service's for that method and table
///     body=json|html|empty     with `status`; default: json
///     retry-after=2            seconds, as a header of the answer; `date:2`:
///                              as the date of that moment
///     commit=true              with `status`: have the full effect first
///     early=true               with `status`: answer before reading the body
///     every=10                 default 1; counts the rows of all requests
///     per=project|table        whose quota it is; default: project
///
/// How slowly, and how the answer is sent, with or without one of the above:
///
///     latency=50ms             wait first; also `10ms..200ms`,
///                              `lognormal:MEDIAN:SIGMA`, or a sum of both
///     latency-per-mb=80ms      for each million bytes of the request's body
///     latency-max=2s           of this fault's latency
///     bandwidth=10MB/s         the bodies of all requests that match are read
///                              that slowly, together
///     stall=10s                pause after half of the answer's body
///     truncate=BYTES|half      send only that much of the body, then close
///     drip=100B/s              send the body that slowly
///
/// Of a list, the first fault that matches a request and has an answer, or a
/// way to send it, decides about both; latencies add up, all quotas and
/// bandwidths hold, and lost rows and old schemas come to pass beside them.
/// Times have a unit: `us`, `ms`, `s`, `min`, `h`; bytes, too: `B`, `KB`, `MB`,
/// `GB`, `KiB`, `MiB`.
struct fault {
  std::string method = "insertAll";
  /// `DATASET.TABLE` with `*` for any part; empty: all.
  std::string table;
  std::optional<int> status;
  std::string reason;
  std::string message;
  fault_body body = fault_body::json;
  /// Seconds from the answer on.
  std::optional<std::uint32_t> retry_after;
  /// It is sent as a date.
  bool retry_after_date = false;
  bool commit = false;
  reset_point reset = reset_point::none;
  /// The reason that rows get; empty: rows are left alone.
  std::string rows;
  std::uint64_t every = 1;
  latency_model latency;
  /// Bytes of bodies per second, as they are sent.
  std::optional<double> bandwidth;
  delivery answer;
  bool early = false;
  table_window window = table_window::none;
  time_range window_length;
  /// Per second.
  std::optional<double> quota_bytes;
  std::optional<double> quota_rows;
  bool quota_per_table = false;
  std::optional<std::uint64_t> count;
  std::uint64_t nth = 1;
  double probability = 1.0;
  schedule when;
  /// The text that it was parsed from.
  std::string spec;

  /// Whether it decides about the answer, rather than what is beside it.
  bool has_outcome() const noexcept {
    return status || reset != reset_point::none || !rows.empty()
           || window == table_window::created
           || window == table_window::recreated || !answer.empty();
  }

  bool has_quota() const noexcept {
    return quota_bytes || quota_rows;
  }

  /// Whether it is about rows on their way into a table, and means nothing to
  /// other methods than insertAll.
  bool concerns_rows() const noexcept {
    return !rows.empty() || window != table_window::none || has_quota();
  }
};

/// Reads a fault as written above. Returns a line that names the key on
/// failure.
std::variant<fault, std::string> parse_fault(std::string_view spec);

} // namespace bqs::sandbox
