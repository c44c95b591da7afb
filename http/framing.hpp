#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bqs::http {

/// What an answer's head says of where its body ends.
struct framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;
  /// It contradicts itself, or says what we cannot read. The library would
  /// guess, and take the rest for the answer to the next request.
  bool unclear = false;
};

/// Reads the values of all `Content-Length` and `Transfer-Encoding` fields.
framing framing_of(const std::vector<std::string>& lengths,
                   const std::vector<std::string>& codings);

} // namespace bqs::http
