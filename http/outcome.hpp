#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bqs::http {

/// What shall become of the rows of one request.
enum class verdict : std::uint8_t {
  /// All rows are stored.
  stored,
  /// `outcome::rows` says which rows are not stored, and why; the rest are.
  partial,
  /// None is known to be stored; all may be sent again.
  retry,
  /// None is stored, and sending them again cannot help.
  fail,
};

/// Why a whole request was not stored; chooses the wait before the next try
/// and the state in which the table shows up.
enum class cause : std::uint8_t {
  none,
  /// 403 quota or rate limit, 429: the service asks for less.
  throttled,
  /// 5xx, 408, transport, unreadable answer: the service is not there.
  unavailable,
  /// 404: no such table or dataset (yet).
  missing,
  /// 401: the token was not accepted.
  bad_token,
  /// 403 access denied, billing, blocked; a proxy's 403 or 407: people must
  /// act.
  forbidden,
  /// 413, or a 400 about size or number of rows.
  too_large,
  /// A 400 that names no row.
  nameless,
  /// Any other refusal.
  rejected,
  /// No answer: whoever sent the request broke off.
  crashed,
};

/// What shall become of one row named in `insertErrors`.
enum class row_verdict : std::uint8_t {
  /// `stopped`: innocent; send it again at once.
  again,
  /// A transient reason of its own: send it again after a wait.
  later,
  /// Refused for good.
  fail,
};

/// One row that a 200 did not store.
struct row_error {
  /// Position in the request, from 0.
  std::uint32_t index = 0;
  row_verdict verdict = row_verdict::fail;
  /// The service's words; `reason` such as `invalid`, `location` such as a
  /// dotted path of the field.
  std::string reason;
  std::string message;
  std::string location;

  friend bool operator==(const row_error&, const row_error&) = default;
};

/// The meaning of an answer.
struct outcome {
  http::verdict verdict = verdict::retry;
  http::cause cause = cause::none;
  /// The request left, and its effect is unknown: rows may be stored already.
  bool uncertain = false;
  /// The connection closed while the body was being sent. Nothing is stored;
  /// if it happens to large bodies only, they may be too large.
  bool body_cut = false;
  /// 0 if there was no answer.
  int status = 0;
  /// `errors[0].reason` of the service's envelope (or its `status`), or a word
  /// of our own for what has none: `connect`, `proxy`, `timeout`, `cut`,
  /// `cancelled`, `unreadable`, `stopped`, `redirect`, `http_502`. Empty if
  /// rows are stored.
  /// This and all texts below are bounded and valid UTF-8.
  std::string reason;
  std::string message;
  std::string location;
  /// With `cause::throttled`: the quota is the project's, so that of all its
  /// tables; else the table's.
  bool of_project = false;
  /// From `Retry-After`; at most a year, not capped further here. Only with
  /// `verdict::retry`.
  std::optional<std::chrono::milliseconds> retry_after;
  /// Rows that are not stored, one entry each, ascending by index. Only with
  /// `verdict::partial`.
  std::vector<row_error> rows;
};

} // namespace bqs::http
