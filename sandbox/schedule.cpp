#include "sandbox/schedule.hpp"

namespace bqs::sandbox {

bool schedule::active(std::chrono::microseconds since_set) const noexcept {
  if (since_set < from)
    return false;
  if (!length)
    return true;
  auto into = since_set - from;
  return (period ? into % *period : into) < *length;
}

} // namespace bqs::sandbox
