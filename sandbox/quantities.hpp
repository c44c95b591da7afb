#pragma once

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

namespace bqs::sandbox {

// How quantities are written in a fault. Each reader takes the whole text or
// nothing.

/// Reads decimal digits, and a fraction if the type has one.
template <class Number>
bool read_number(std::string_view x, Number& out) {
  auto [end, error] = std::from_chars(x.data(), x.data() + x.size(), out);
  return error == std::errc{} && end == x.data() + x.size();
}

/// A time from one up to another; both are the same if it does not vary.
struct time_range {
  std::chrono::microseconds from{0};
  std::chrono::microseconds to{0};

  /// Returns the time at a point from 0 to 1.
  std::chrono::microseconds at(double point) const;

  friend bool operator==(const time_range&, const time_range&) = default;
};

/// Reads a time with its unit, up to 10,000 h: `100us`, `1.5ms`, `2s`, `5min`,
/// `1h`.
std::optional<std::chrono::microseconds> read_time(std::string_view x);

/// Reads `2s` or `10ms..200ms`.
std::optional<time_range> read_time_range(std::string_view x);

/// Reads bytes, above 0: `500B`, `64KB` (1,000 bytes each), `10MB`, `1GB`,
/// `64KiB`, `1MiB`.
std::optional<double> read_bytes(std::string_view x);

/// Reads bytes per second: `10MB/s`.
std::optional<double> read_byte_rate(std::string_view x);

/// Reads things per second: `500/s`, `0.1/s`.
std::optional<double> read_rate(std::string_view x);

} // namespace bqs::sandbox
