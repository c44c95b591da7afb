#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

namespace bqs::http {

/// Reads a `Retry-After`: seconds, or a date such as
/// `Sun, 06 Nov 1994 08:49:37 GMT`. Nothing for what is neither, and for a date
/// that is not ahead of `now` (seconds since 1970): it says nothing about the
/// future. Cut to a year, so that nobody's sums overflow.
std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view value, std::time_t now) noexcept;

} // namespace bqs::http
