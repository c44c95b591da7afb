#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/row_check.hpp"

namespace bqs::http {

/// Largest request body that the service takes, in bytes (quotas page).
inline constexpr std::size_t max_body_bytes = 10'485'760;
/// Most rows in one request (quotas page).
inline constexpr std::size_t max_body_rows = 50'000;
/// Longest insert id, in characters (quotas page).
inline constexpr std::size_t max_insert_id = 128;

/// Members of the request beside its rows.
struct body_options {
  bool skip_invalid_rows = false;
  bool ignore_unknown_values = false;
  std::string template_suffix;
  /// At most 36 ASCII characters.
  std::string trace_id;
};

/// What became of a row that was appended.
enum class append_result : std::uint8_t {
  ok,
  /// The row is bad by itself; the body is as before the call.
  bad,
  /// The row does not fit any more; the body is as before the call.
  full,
};

/// Builds the body of one `tabledata.insertAll` in a buffer that is kept from
/// request to request. A row is checked where it will be sent from, and taken
/// back if it is bad, so that no neighbour can be spoiled by it. `check_row` is
/// the judge of rows; the bytes of a row go out as they came.
///
/// Memory: the buffer grows to the largest body, and shrinks at a `start` to
/// twice what the bodies needed lately once it is more than twice that. A row
/// allocates only when the buffer must grow; if it cannot, `append` throws and
/// leaves the body as it was.
///
///     body_builder b;
///     b.start(options);
///     if (b.append(R"({"a":1})", "id-1") == append_result::bad)
///       report(b.fault());
///     post(b.finish());
class body_builder {
public:
  body_builder();
  ~body_builder();
  body_builder(body_builder&&) noexcept;
  body_builder& operator=(body_builder&&) noexcept;

  /// Begins a new body; keeps the memory of the last one. A builder that was
  /// just made has begun one without options.
  /// @param limit most bytes of the finished body; a row that is too large for
  ///              a body of its own is `bad` (`too_large`), any other that
  ///              does not fit any more is `full`.
  void start(const body_options& options, std::size_t limit = max_body_bytes);

  /// Appends a row with an insert id of the sender's own (escaped here), or
  /// without one if `insert_id` is empty. At most `max_body_rows` fit.
  append_result append(std::string_view json, std::string_view insert_id);

  /// Appends a row whose insert id is `prefix` and `number` in decimal: the hot
  /// path. The prefix needs no escaping and leaves room for 20 digits; an empty
  /// one means no insert id.
  append_result append(std::string_view json, std::string_view prefix,
                       std::uint64_t number);

  /// Returns what was wrong with the row that was `bad` last, or `none` if no
  /// row was.
  row_verdict_at fault() const noexcept;

  /// Rows in the body.
  std::uint32_t rows() const noexcept;

  /// Bytes of the body once finished.
  std::size_t size() const noexcept;

  /// Ends the body and returns it, `{"rows":[]}` at least; valid until the next
  /// `start` or `append`.
  std::string_view finish();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Most bytes that a row adds to a body beside its JSON and its insert id (as
/// it is once escaped): `,{"insertId":"","json":}`.
inline constexpr std::size_t row_framing = 24;

/// Most bytes of a body without rows: `{"rows":[]}` and the options, if the
/// template suffix and the trace id are as long as the service allows.
inline constexpr std::size_t body_framing = 1536;

} // namespace bqs::http
