#pragma once

#include <cstdint>
#include <string>

#include "bqstreamer/block.hpp"

namespace bqs {

/// The insert id of row `i` of a block: its sender's, or the one derived from
/// stream and number.
inline std::string insert_id_of(const block& from, std::uint32_t i) {
  std::string result{from.bytes->id(i)};
  if (result.empty())
    result = to_string(from.stream) + "-" + std::to_string(from.first + i);
  return result;
}

} // namespace bqs
