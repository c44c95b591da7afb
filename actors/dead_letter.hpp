#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bqstreamer/messages.hpp"
#include "http/rfc3339.hpp"

namespace bqs {

/// A failed row, as a line of a dead-letter file has it: one JSON object of
///
///     time, table [, suffix], reason, message, location, http_status,
///     uncertain, attempts, insert_id | insert_id_base64, row | row_base64
///
/// `row` is an object, byte for byte as it came, if the row is one on a single
/// line; otherwise a string that holds its text. What is not UTF-8 is encoded.
struct dead_letter {
  /// When the row was given up.
  http::micro_time time;
  table_ref table;
  failure_reason why;
  std::uint32_t attempts = 0;
  std::string insert_id;
  std::string row;

  friend bool operator==(const dead_letter&, const dead_letter&) = default;
};

/// Returns what lines of rows have in common that failed together: all but
/// insert id and row.
/// @param table with its project, so that the line means the same everywhere
std::string dead_letter_head(http::micro_time time, const table_ref& table,
                             const failure_reason& why, std::uint32_t attempts);

/// Appends a whole line to `out`, its end included.
void append_dead_letter(std::string& out, std::string_view head,
                        std::string_view insert_id, std::string_view row);

} // namespace bqs
