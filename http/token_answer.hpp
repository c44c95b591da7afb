#pragma once

#include <chrono>
#include <string>

#include "http/answer.hpp"
#include "http/redact.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

// What token endpoints answer. They are not trusted: whatever comes, the
// result is a token that a header can carry, or one line for people.

/// Reads the answer of an OAuth token endpoint or a metadata server.
/// @param who is named in the line.
/// @param hidden what was sent and must not be quoted.
granted read_grant(const answer& x, const std::string& who,
                   const secrets& hidden);

/// Reads the answer of `generateAccessToken`, which tells a time of day.
granted read_impersonation(const answer& x, const std::string& who,
                           const secrets& hidden,
                           std::chrono::system_clock::time_point now);

/// Says in one line why `x` holds nothing of use.
std::string describe_refusal(const answer& x, const std::string& who,
                             const secrets& hidden);

} // namespace bqs::http
