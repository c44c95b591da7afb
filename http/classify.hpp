#pragma once

#include <cstdint>
#include <ctime>

#include "http/answer.hpp"
#include "http/outcome.hpp"

namespace bqs::http {

/// What `classify` must know of the request to read its answer.
struct request_facts {
  /// Rows in the body.
  std::uint32_t rows = 0;
  /// `skipInvalidRows` was set: rows that are not named are stored even beside
  /// invalid ones.
  bool skip_invalid_rows = false;
  /// Wall clock in seconds since 1970, for a `Retry-After` that is a date.
  std::time_t now = 0;
};

/// Judges an answer of `tabledata.insertAll`. Total: every status, body and
/// transport failure has an outcome, and none throws. Where an answer leaves
/// room, it is read so that no row is taken for stored that may not be:
///
/// * `stored` and `partial` need a 200 that came after the whole request, and a
///   body that is one whole JSON object, of the right types in all we read,
///   without a member `error`. Any other 2xx, an index that is absent or out of
///   range, and `stopped` without a row to blame are as a 5xx.
/// * A row without errors, or with one without a reason, is `invalid`: so the
///   service answers a row that lacks its `json`.
/// * A row that is named more than once has the gravest of its errors.
/// * Unless `skip_invalid_rows`, one row that is `invalid` or `stopped` means
///   that none is stored: the rows that are not named become `again`.
/// * A 3xx is never followed; it comes from what stands between us and the
///   service, and passes: `unavailable`.
/// * A 404, 413 or 429 needs no words of the service: front ends send them too.
/// * A proxy that lets nothing through is `unavailable`, unless it says 403 or
///   407: then it is `forbidden`.
/// * `uncertain`: the whole body was sent and the end is unknown, a 408 or 5xx
///   (unless it came `early`), or a 2xx that cannot be read.
outcome classify(const answer& x, const request_facts& facts);

} // namespace bqs::http
