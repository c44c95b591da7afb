#include "sandbox/wordings.hpp"

#include <array>

namespace bqs::sandbox {

namespace {

constexpr std::array<wording, 27> wordings{{
  {flaw::bad_string, "Could not convert value to string (bad value): {}",
   false},
  {flaw::bad_bytes, "Could not decode base64 string to bytes.", false},
  {flaw::bad_integer, "Cannot convert value to integer (bad value): {}", true},
  {flaw::bad_float, "Cannot convert value to floating point (bad value): {}",
   true},
  {flaw::bad_numeric, "Invalid NUMERIC value: {}", false},
  {flaw::bad_bignumeric, "Invalid BIGNUMERIC value: {}", false},
  {flaw::bad_boolean, "Cannot convert value to boolean (bad value): {}", false},
  {flaw::bad_date, "Invalid date: '{}'", true},
  {flaw::bad_time, "Invalid time string \"{}\"", false},
  {flaw::bad_datetime, "Invalid datetime string \"{}\"", false},
  {flaw::bad_timestamp,
   "Could not parse '{}' as a timestamp. Required format is YYYY-MM-DD "
   "HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]",
   false},
  {flaw::bad_geography, "Invalid geography value: {}", false},
  {flaw::bad_json, "Invalid JSON value: {}", false},
  {flaw::bad_interval, "Invalid INTERVAL value: {}", false},
  {flaw::bad_range, "Invalid RANGE value: {}", false},
  // The rest of this wording, of 2017, names numbers of the service's own.
  {flaw::scalar_for_record, "Record leaf types are not supported.", false},
  {flaw::bool_for_string, "Conversion from bool to std::string is unsupported.",
   true},
  {flaw::unknown_zone, "Unrecognized timezone: {}", true},
  {flaw::no_such_field, "no such field: {}.", true},
  {flaw::missing_required,
   "Missing required field: Msg_0_CLOUD_QUERY_TABLE.{}.", true},
  {flaw::array_for_single, "Array specified for non-repeated field: {}.", true},
  {flaw::not_a_record, "This field: {} is not a record.", true},
  // Seen for RECORDs only, in 2018.
  {flaw::single_for_repeated,
   "Repeated record with name: {} added outside of an array.", false},
  // The wording of load jobs.
  {flaw::null_in_array,
   "Only optional fields can be set to NULL. Field: {}; Value: NULL", false},
  {flaw::insert_id_too_long,
   "The insertId is too long. Allowed: {} characters.", false},
  {flaw::row_too_large,
   "Maximum allowed row size exceeded. Allowed: {} Row size: {}", true},
  // Seen with 1825 days; today's documentation says ten years.
  {flaw::outside_of_partitions,
   "Value {} for partition column {} of the destination table {} is outside "
   "the allowed bounds. You can only stream to partitions of date range within "
   "{} days in the past and {} days in the future relative to the current "
   "date.",
   true},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < wordings.size(); ++i)
    if (static_cast<std::size_t>(wordings[i].of) != i)
      return false;
  return static_cast<std::size_t>(flaw::outside_of_partitions) + 1
         == wordings.size();
}

static_assert(in_order());

} // namespace

std::span<const wording> all_wordings() {
  return wordings;
}

std::string say(flaw what, std::initializer_list<std::string_view> parts) {
  constexpr std::string_view gap = "{}";
  auto text = wordings[static_cast<std::size_t>(what)].text;
  std::string result;
  for (auto part : parts) {
    auto at = text.find(gap);
    if (at == std::string_view::npos)
      break;
    result += text.substr(0, at);
    result += part;
    text.remove_prefix(at + gap.size());
  }
  return result += text;
}

} // namespace bqs::sandbox
