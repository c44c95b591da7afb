#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::http {

/// What must not be repeated to anybody.
using secrets = std::vector<std::string_view>;

/// A run of so many characters that two texts share is no chance any more.
inline constexpr std::size_t telling_run = 8;

/// Returns `text` with `[...]` where it repeats one of `hidden`: each run of
/// `run` characters or more that is also in a secret, or the whole of a shorter
/// one. For words of a server that was sent secrets and may send them back, in
/// part or percent-encoded. Takes one pass over each secret.
/// @param run taken as `telling_run` if less, as twice that if more.
std::string redact(std::string_view text, const secrets& hidden,
                   std::size_t run = telling_run);

/// The same for a line that people read: `printable`, at most `max_bytes` long.
std::string quote_safely(std::string_view text, const secrets& hidden,
                         std::size_t max_bytes = 300);

} // namespace bqs::http
