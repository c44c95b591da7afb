#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bqs::http {

/// Microseconds since 1970, UTC.
using micro_time = std::chrono::sys_time<std::chrono::microseconds>;

/// Returns `2026-01-31T12:00:00.123456Z`.
std::string to_rfc3339(micro_time time);

/// Reads a time of RFC 3339, `2026-01-31T12:00:00[.123456](Z|+01:00)`, or a
/// date, `2026-01-31`, that means its first moment in UTC. Digits beyond
/// microseconds are cut. Nothing if it is neither, or in no year from 0 to 9999
/// as it is in UTC.
std::optional<micro_time> parse_rfc3339(std::string_view text);

} // namespace bqs::http
