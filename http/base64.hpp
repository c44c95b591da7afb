#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bqs::http {

/// Encodes by RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

/// Decodes what `base64` returns; nothing if `text` is not that.
std::optional<std::string> from_base64(std::string_view text);

} // namespace bqs::http
