#include "app/row_origins.hpp"

#include <algorithm>
#include <iterator>

namespace bqs::app {

std::uint64_t row_origins::add(row_origin x) {
  auto row = next_++;
  if (!runs_.empty()) {
    auto& last = runs_.back();
    if (last.origin.file == x.file
        && last.origin.line + (row - last.first) == x.line)
      return row;
  }
  runs_.push_back({row, x});
  return row;
}

row_origin row_origins::find(std::uint64_t row) const {
  auto behind
    = [](std::uint64_t lhs, const run& rhs) { return lhs < rhs.first; };
  auto i = std::upper_bound(runs_.begin(), runs_.end(), row, behind);
  if (i == runs_.begin())
    return {};
  --i;
  return {i->origin.file, i->origin.line + (row - i->first)};
}

void row_origins::settle(std::uint64_t first, std::uint64_t rows) {
  if (rows == 0)
    return;
  auto i = settled_.emplace(first, first + rows).first;
  if (auto next = std::next(i);
      next != settled_.end() && next->first == i->second) {
    i->second = next->second;
    settled_.erase(next);
  }
  if (i != settled_.begin())
    if (auto before = std::prev(i); before->second == i->first) {
      before->second = i->second;
      settled_.erase(i);
    }
  if (settled_.begin()->first == floor_) {
    floor_ = settled_.begin()->second;
    settled_.erase(settled_.begin());
  }
  // The last run stays: the next row may continue it.
  while (runs_.size() > 1 && runs_[1].first <= floor_)
    runs_.pop_front();
}

} // namespace bqs::app
