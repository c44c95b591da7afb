#include "client/message_pieces.hpp"

#include <algorithm>

#include "client/buffers.hpp"

namespace bqs {

void message_pieces::begin(std::uint32_t size, bool skipped) noexcept {
  size_ = size;
  arrived_ = 0;
  skipped_ = skipped;
  kept_.clear();
}

std::uint64_t message_pieces::next() const noexcept {
  return std::min(size_ - arrived_, largest);
}

bool message_pieces::add(std::vector<char>& x) {
  if (in_pieces()) {
    arrived_ += x.size();
    if (!skipped_) {
      kept_.reserve(size_);
      kept_.insert(kept_.end(), x.begin(), x.end());
    }
    if (arrived_ < size_)
      return false;
    x.swap(kept_); // both are kept for the next one, unless very large
    kept_.clear();
    shrink(kept_);
  }
  size_ = 0;
  arrived_ = 0;
  skipped_ = false;
  return true;
}

} // namespace bqs
