#include "actors/row_ranges.hpp"

#include <algorithm>

namespace bqs {

std::vector<row_range> row_ranges::add(row_range x) {
  std::vector<row_range> fresh;
  if (x.from >= x.to)
    return fresh;
  // The ranges that overlap or touch `x` become one with it.
  auto first = std::ranges::lower_bound(ranges_, x.from, {}, &row_range::to);
  auto merged = x;
  auto at = x.from;
  auto last = first;
  for (; last != ranges_.end() && last->from <= x.to; ++last) {
    if (at < last->from)
      fresh.push_back({at, last->from});
    at = std::max(at, last->to);
    merged.from = std::min(merged.from, last->from);
    merged.to = std::max(merged.to, last->to);
  }
  if (at < x.to)
    fresh.push_back({at, x.to});
  if (first == last) {
    ranges_.insert(first, merged);
  } else {
    *first = merged;
    ranges_.erase(first + 1, last);
  }
  for (auto& y : fresh)
    size_ += y.size();
  return fresh;
}

std::vector<row_range> row_ranges::missing(std::uint32_t rows) const {
  std::vector<row_range> result;
  std::uint32_t at = 0;
  for (auto& x : ranges_) {
    if (at >= rows)
      break;
    if (at < x.from)
      result.push_back({at, std::min(x.from, rows)});
    at = x.to;
  }
  if (at < rows)
    result.push_back({at, rows});
  return result;
}

} // namespace bqs
