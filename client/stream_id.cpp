#include "bqstreamer/stream_id.hpp"

#include <random>

namespace bqs {

stream_id make_stream_id() {
  std::random_device source;
  stream_id result;
  for (auto& x : result.bytes)
    x = static_cast<std::uint8_t>(source());
  return result;
}

std::string to_string(const stream_id& x) {
  constexpr auto digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string result;
  result.reserve(22);
  std::uint32_t bits = 0;
  int held = 0;
  for (auto byte : x.bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      result += digits[(bits >> held) & 63];
    }
  }
  result += digits[(bits << (6 - held)) & 63]; // 128 bits leave 2 over
  return result;
}

} // namespace bqs
