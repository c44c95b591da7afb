#include "sandbox/mark_set.hpp"

namespace bqs::sandbox {

namespace {

constexpr std::size_t first_slots = 1'024;
constexpr mark nothing;

} // namespace

mark_set::mark_set() : slots_(first_slots) {
  // nop
}

bool mark_set::insert(const mark& x) {
  if ((size_ + 1) * 4 > slots_.size() * 3)
    grow();
  auto at = find(x);
  if (slots_[at] == x)
    return false;
  slots_[at] = x;
  ++size_;
  return true;
}

void mark_set::erase(const mark& x) {
  auto hole = find(x);
  if (slots_[hole] == nothing)
    return;
  --size_;
  // What is behind moves up, unless it is nearer to its home already: no
  // search may end at the hole.
  for (auto i = after(hole); slots_[i] != nothing; i = after(i)) {
    auto mask = slots_.size() - 1;
    auto from_home = (i - home(slots_[i])) & mask;
    auto from_hole = (i - hole) & mask;
    if (from_home >= from_hole) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole] = nothing;
}

std::size_t mark_set::home(const mark& x) const {
  return x.first & (slots_.size() - 1);
}

std::size_t mark_set::after(std::size_t slot) const {
  return (slot + 1) & (slots_.size() - 1);
}

/// Returns the slot of a mark, or the empty one where it belongs.
std::size_t mark_set::find(const mark& x) const {
  auto at = home(x);
  while (slots_[at] != nothing && slots_[at] != x)
    at = after(at);
  return at;
}

void mark_set::grow() {
  std::vector<mark> old(slots_.size() * 2);
  old.swap(slots_);
  for (auto& x : old)
    if (x != nothing)
      slots_[find(x)] = x;
}

} // namespace bqs::sandbox
