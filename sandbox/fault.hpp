#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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

/// One thing that goes wrong on purpose. Written as comma-separated
/// `key=value`, in any order; a backslash in front of a comma keeps it:
///
///     method=insertAll         the method: `insertAll`, `tabledata.list`,
///                              `datasets.get`, `tables.insert`, ..., or `*`
///     table=DATASET.TABLE      only this table; default: all
///     status=503               answer with this status, without effect
///     reason=backendError      of the answer; default: what fits the status
///     message=WORDS            of the answer, or of each row's error
///     body=json|html|empty     of the answer; default: json
///     retry-after=2            seconds, as a header of the answer
///     commit=true              with `status`: have the full effect first
///     reset=before|after       reset the connection, before or after the
///                              rows are committed
///     rows=timeout             store nothing of every `every`-th row, which
///                              gets an error with this reason
///     every=10                 default 1; counts the rows of all requests
///     latency=50ms             wait first; `ms` or `s`
///     early=true               with `status`: answer before reading the body
///     count=3                  only the next 3 requests that match
///     probability=0.1          only so often
///
/// The first fault of a list that matches a request decides about its answer;
/// latencies add up.
struct fault {
  std::string method = "insertAll";
  /// `DATASET.TABLE`; empty: all.
  std::string table;
  std::optional<int> status;
  std::string reason;
  std::string message;
  fault_body body = fault_body::json;
  std::optional<std::uint32_t> retry_after;
  bool commit = false;
  reset_point reset = reset_point::none;
  /// The reason that rows get; empty: rows are left alone.
  std::string rows;
  std::uint64_t every = 1;
  std::chrono::milliseconds latency{0};
  bool early = false;
  std::optional<std::uint64_t> count;
  double probability = 1.0;
  /// The text that it was parsed from.
  std::string spec;

  /// Whether it decides about the answer, rather than only delaying it.
  bool has_outcome() const noexcept {
    return status || reset != reset_point::none || !rows.empty();
  }
};

/// Reads a fault as written above. Returns a line that names the key on
/// failure.
std::variant<fault, std::string> parse_fault(std::string_view spec);

} // namespace bqs::sandbox
