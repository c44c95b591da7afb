#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bqs::http {

/// Why a text is not a row that can be sent.
enum class row_fault : std::uint8_t {
  none,
  /// Not JSON, more than one value, or an escape that is half a character (a
  /// lone surrogate).
  malformed,
  /// Valid JSON, but no object.
  not_an_object,
  invalid_utf8,
  /// Nested deeper than `max_row_depth`.
  too_deep,
  /// Longer than the service's limit for a row.
  too_large,
  /// More than 128 characters.
  insert_id_too_long,
  /// The insert id is not valid UTF-8.
  insert_id_invalid,
};

/// Deepest nesting of a row that is looked at, the row itself included. Far
/// above BigQuery's 15 levels of RECORD, low enough for bounded memory.
inline constexpr std::size_t max_row_depth = 1024;

/// The verdict on one row: what is wrong first, and at which byte: of the row
/// (its length if it ends too early; the first byte that is too many for
/// `too_large`), or of the insert id for the faults of one.
struct row_verdict_at {
  row_fault fault = row_fault::none;
  std::size_t position = 0;

  friend bool operator==(const row_verdict_at&, const row_verdict_at&)
    = default;
};

/// Checks by RFC 8259's grammar, byte by byte, whether `text` is exactly one
/// JSON object in valid UTF-8 (blanks around it allowed, lone surrogate
/// escapes refused). The range of a number is never a fault, nor is a name that
/// comes twice. Size is not looked at. Constant memory, no recursion.
row_verdict_at check_row(std::string_view text) noexcept;

/// Returns words for people, such as `not a JSON object`; they never contain
/// bytes of the row.
const char* describe(row_fault fault) noexcept;

} // namespace bqs::http
