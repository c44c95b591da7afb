#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bqs {

struct drain_report;
struct failed_row;
struct failure;
struct failure_reason;

} // namespace bqs

namespace bqs::app {

// What the commands print, as plain functions. Lines come without their end.

/// Returns `1,234,567`.
std::string group_digits(std::uint64_t x);

/// Returns the number with so many digits behind the point.
std::string decimals(double x, int digits);

/// Returns the nearest whole number.
std::uint64_t rounded(double x);

/// Returns `2026-01-31T12:00:00.123Z`.
std::string rfc3339(std::chrono::system_clock::time_point time);

/// Returns the value in one line; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::ordered_json& x);

/// What became of the rows of one `send`.
struct send_summary {
  std::uint64_t rows = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  /// Of those stored.
  std::uint64_t possibly_duplicated = 0;
  double seconds = 0;

  /// Rows of which nothing is known: the command was ended before.
  std::uint64_t unsettled() const noexcept {
    return rows - stored - failed;
  }

  double rows_per_second() const noexcept {
    return seconds > 0 ? static_cast<double>(stored + failed) / seconds : 0;
  }
};

std::string summary_json(const send_summary& x);

std::string summary_text(const send_summary& x);

/// How far a `send` has got.
/// @param done share of the input that was read, from 0 to 1; below 0 if the
///             size of the input is not known
std::string progress_text(const send_summary& x, double done);

/// A row of the input that failed; never shows the row itself.
std::string failed_line(std::string_view file, std::uint64_t line,
                        const failure_reason& why);

/// A failed row as a subscriber sees it, the row included: as it came if it is
/// a JSON object, else as a text, else (`row_base64`) encoded.
std::string failed_row_line(const failure& x, const failed_row& row);

/// What a drain left behind, table by table.
std::string drain_text(const drain_report& x);

} // namespace bqs::app
