#include "http/utf8.hpp"

namespace bqs::http {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

} // namespace

std::string to_utf8(std::string_view text, std::size_t max_bytes) {
  std::string result;
  result.reserve(text.size() < max_bytes ? text.size() : max_bytes);
  auto last = text.data() + text.size();
  for (auto pos = text.data(); pos != last;) {
    auto length = utf8_length(pos, last);
    auto piece = length > 0 ? std::string_view{pos, length} : replacement;
    if (piece.size() > max_bytes - result.size())
      break;
    result += piece;
    pos += length > 0 ? length : 1;
  }
  return result;
}

} // namespace bqs::http
