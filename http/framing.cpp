#include "http/framing.hpp"

#include <strings.h>

#include <charconv>
#include <system_error>

namespace bqs::http {

framing framing_of(const std::vector<std::string>& lengths,
                   const std::vector<std::string>& codings) {
  framing result;
  if (!codings.empty()) {
    result.chunked = codings.size() == 1 && lengths.empty()
                     && ::strcasecmp(codings[0].c_str(), "chunked") == 0;
    result.unclear = !result.chunked;
  } else if (!lengths.empty()) {
    const auto& text = lengths[0];
    auto* end = text.data() + text.size();
    std::uint64_t number = 0;
    auto [ptr, code] = std::from_chars(text.data(), end, number);
    if (lengths.size() == 1 && code == std::errc{} && ptr == end)
      result.length = number;
    result.unclear = !result.length;
  }
  return result;
}

} // namespace bqs::http
