#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// What can be wrong with a row.
enum class flaw : std::uint8_t {
  // A value that its column does not take; in the order of `column_type`.
  bad_string,
  bad_bytes,
  bad_integer,
  bad_float,
  bad_numeric,
  bad_bignumeric,
  bad_boolean,
  bad_date,
  bad_time,
  bad_datetime,
  bad_timestamp,
  bad_geography,
  bad_json,
  bad_interval,
  bad_range,
  // The rest.
  scalar_for_record,
  bool_for_string,
  unknown_zone,
  no_such_field,
  missing_required,
  array_for_single,
  not_a_record,
  single_for_repeated,
  null_in_array,
  insert_id_too_long,
  row_too_large,
  outside_of_partitions,
};

/// What the service says about a flaw.
struct wording {
  flaw of;
  /// With `{}` for each part that is told.
  std::string_view text;
  /// Whether it was read in an answer of the service. If not, it is made up by
  /// analogy until somebody captures one.
  bool verified;
};

/// Returns all wordings, in the order of the flaws.
std::span<const wording> all_wordings();

/// Returns the words for a flaw with its parts filled in; parts that the
/// wording does not tell are left out.
std::string say(flaw what, std::initializer_list<std::string_view> parts);

} // namespace bqs::sandbox
