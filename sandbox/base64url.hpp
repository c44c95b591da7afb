#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Returns `bytes` as base64url without padding (RFC 7515).
std::string base64url(std::string_view bytes);

/// Reads it back. No value for padding, foreign characters and leftover bits:
/// a text has one way to be written.
std::optional<std::string> from_base64url(std::string_view text);

} // namespace bqs::sandbox
