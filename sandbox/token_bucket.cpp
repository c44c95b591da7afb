#include "sandbox/token_bucket.hpp"

#include <algorithm>

namespace bqs::sandbox {

bool token_bucket::open(time_point now) {
  level_ = level(now);
  since_ = now;
  return level_ > 0;
}

bool token_bucket::full(time_point now) const {
  return level(now) >= rate_;
}

double token_bucket::level(time_point now) const {
  auto seconds = std::chrono::duration<double>{now - since_}.count();
  // The clock may be set back.
  return std::min(rate_, level_ + std::max(seconds, 0.0) * rate_);
}

} // namespace bqs::sandbox
