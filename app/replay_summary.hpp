#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace bqs::app {

/// What became of the dead letters of one table that have one reason. Each that
/// was read is skipped, a copy, stored, failed, or its fate is unknown.
struct replay_counts {
  std::uint64_t read = 0;
  /// Not wanted.
  std::uint64_t skipped = 0;
  /// Lines of rows that have come before.
  std::uint64_t copies = 0;
  std::uint64_t stored = 0;
  /// Again; with `dry_run` none.
  std::uint64_t failed = 0;
  /// Of those stored.
  std::uint64_t possibly_duplicated = 0;

  /// Rows that were to be sent.
  std::uint64_t wanted() const noexcept {
    return read - skipped - copies;
  }

  std::uint64_t unsettled() const noexcept {
    return wanted() - stored - failed;
  }

  replay_counts& operator+=(const replay_counts& x) noexcept;
};

/// What became of all the lines of one `replay`.
struct replay_summary {
  /// By table and reason.
  std::map<std::pair<std::string, std::string>, replay_counts> groups;
  /// Lines that are no dead letters.
  std::uint64_t malformed = 0;
  /// Nothing was sent.
  bool dry_run = false;
  double seconds = 0;

  replay_counts total() const;
};

std::string summary_json(const replay_summary& x);

/// Several lines, each with its end.
std::string summary_text(const replay_summary& x);

/// A line of an input that is no dead letter; never shows the line itself.
std::string malformed_line(std::string_view file, std::uint64_t line,
                           const std::string& why);

} // namespace bqs::app
