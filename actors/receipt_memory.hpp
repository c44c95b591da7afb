#pragma once

#include <cstddef>

#include "bqstreamer/messages.hpp"

namespace bqs {

/// What a receipt takes that is kept, about, in bytes.
inline std::size_t memory_of(const receipt& x) {
  auto result
    = sizeof(receipt) + 256 + x.failures.size() * sizeof(failed_range);
  for (auto& y : x.reasons)
    result += sizeof(failure_reason) + y.reason.size() + y.message.size()
              + y.location.size();
  return result;
}

} // namespace bqs
