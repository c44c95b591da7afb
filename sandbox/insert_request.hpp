#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/tape.hpp"

namespace bqs::sandbox {

/// One row of a request.
struct sent_row {
  /// Its data pointer is null if the row has none.
  std::string_view insert_id;
  /// An object; absent if the row has nothing usable.
  std::optional<tape::view> json;
};

/// The body of insertAll, read; valid as long as its tape.
struct insert_request {
  bool skip_invalid_rows = false;
  bool ignore_unknown_values = false;
  std::string_view template_suffix;
  std::vector<sent_row> rows;
};

/// Takes a body apart as the service's front does, before anything is known of
/// the table. Throws a `refusal`.
insert_request read_insert_request(const tape& body);

/// Returns how many characters of UTF-8 a text has.
std::size_t count_characters(std::string_view x);

} // namespace bqs::sandbox
