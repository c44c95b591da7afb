#include "actors/size_limit.hpp"

#include <algorithm>

namespace bqs {

namespace {

/// Part of the ceiling by which each full body that passes lets the limit grow
/// back: one request in so many is spent on trying.
constexpr std::size_t growth = 128;

} // namespace

void size_limit::refused(std::size_t bytes) noexcept {
  // A ceiling below the floor is the operator's word.
  auto least = std::min(floor, ceiling_);
  bytes_ = std::max(least, std::min(bytes_, bytes / 2));
  cuts_ = 0;
  smaller_passed_ = false;
}

bool size_limit::cut(std::size_t bytes) noexcept {
  if (bytes <= suspect)
    return false;
  smallest_cut_ = cuts_ == 0 ? bytes : std::min(smallest_cut_, bytes);
  if (++cuts_ < 2 || !smaller_passed_)
    return false;
  refused(bytes);
  return true;
}

void size_limit::passed(std::size_t bytes) noexcept {
  if (cuts_ > 0 && bytes >= smallest_cut_) {
    cuts_ = 0; // it was not the size
    smaller_passed_ = false;
  } else if (cuts_ > 0) {
    smaller_passed_ = true;
  }
  if (bytes >= bytes_ - bytes_ / 4)
    bytes_ = std::min(ceiling_, bytes_ + std::max(ceiling_ / growth, growth));
}

} // namespace bqs
