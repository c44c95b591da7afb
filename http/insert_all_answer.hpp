#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::http {

/// Bounds of what is kept of the service's words, in bytes.
inline constexpr std::size_t max_reason = 128;
inline constexpr std::size_t max_message = 4096;
inline constexpr std::size_t max_location = 1024;

/// The service's words about one error: printable, within the bounds above.
struct service_error {
  std::string reason;
  std::string message;
  std::string location;
};

/// Most errors of one answer: four for each row of the largest request.
inline constexpr std::size_t max_errors = 200'000;

/// An error of the row with this index.
struct named_error {
  std::uint32_t index = 0;
  service_error error;
};

/// What a body of `tabledata.insertAll` says, before anybody judges it.
struct insert_all_answer {
  /// The body is one whole JSON object, and all of it that we read has the
  /// type that it should have. If not, the rest is what was seen anyhow.
  bool readable = false;
  /// Errors in the order of the body; a row with several has several, but one
  /// of those in a sequence with the same reason; one without any has an empty
  /// one.
  std::vector<named_error> insert_errors;
  /// The member `error`: `errors[0].reason`, or else `status`; `message`, or
  /// else that of `errors[0]`.
  std::optional<service_error> error;
};

/// Reads the body of an answer with any status. Hostile bodies cost a small
/// multiple of their own size: nothing is kept but the texts above, nesting and
/// the number of errors are bounded, and bytes that are not UTF-8 become
/// U+FFFD, as control characters do. Throws nothing but `std::bad_alloc`.
insert_all_answer read_insert_all_answer(std::string_view body);

} // namespace bqs::http
