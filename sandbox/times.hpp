#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Returns the canonical text of a DATE: `YYYY-MM-DD`.
std::optional<std::string> canonical_date(std::string_view x);

/// Whether a text begins with a day as SQL writes it: `YYYY-MM-DD`.
bool begins_with_date(std::string_view x);

/// Returns the canonical text of a TIME: `HH:MM:SS[.ffffff]`.
std::optional<std::string> canonical_time(std::string_view x);

/// Returns the canonical text of a DATETIME: `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
std::optional<std::string> canonical_datetime(std::string_view x);

/// A point in time, or why there is none.
struct timestamp_reading {
  enum class verdict : std::uint8_t { ok, bad, bad_zone };

  verdict what = verdict::bad;
  /// Since 1970, UTC.
  std::int64_t micros = 0;
  /// The zone that is not known.
  std::string zone;
};

/// Reads a TIMESTAMP: a calendar date with an optional time and zone, or
/// seconds since 1970, maybe with a fraction. More than six digits of a
/// fraction are cut.
timestamp_reading read_timestamp(std::string_view x);

/// Returns `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`.
std::string render_timestamp(std::int64_t micros);

/// Returns the date of an HTTP header: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date(std::chrono::system_clock::time_point x);

/// Reads `YYYYMMDD` as days since 1970.
std::optional<std::int64_t> read_partition_day(std::string_view x);

} // namespace bqs::sandbox
