#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bqs::app {

// How single values are written in the configuration and on the command line.
// Each reader takes the whole text or nothing.

/// Reads decimal digits: `5000`.
std::optional<std::uint64_t> parse_integer(std::string_view text);

/// Reads bytes: `1048576`, `64KiB`, `1MiB`, `1GiB`.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Reads a time with its unit: `500ms`, `1s`, `5min`, `24h`. A bare number is
/// no duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Reads `true` or `false`.
std::optional<bool> parse_boolean(std::string_view text);

/// Returns the text in quotes, as a file has it.
std::string show_text(std::string_view text);

/// Returns the shortest text that `parse_size` reads as `bytes`.
std::string show_size(std::uint64_t bytes);

/// Returns the shortest text that `parse_duration` reads as `time`.
std::string show_duration(std::chrono::milliseconds time);

} // namespace bqs::app
