#pragma once

#include <cstddef>
#include <vector>

namespace bqs {

/// Bytes of a buffer that may be kept for the next message.
inline constexpr std::size_t usual_buffer = 2u << 20;

/// Gives a buffer back that a message has made larger than this, with what is
/// in it.
inline void shrink(std::vector<char>& x) {
  if (x.capacity() > usual_buffer)
    std::vector<char>{}.swap(x);
}

} // namespace bqs
