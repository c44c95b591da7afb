#include "app/row_origins.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bqs::app {

void origin_runs::add(const row_origin& x) {
  auto row = rows_++;
  if (!runs_.empty()) {
    auto& last = runs_.back();
    if (last.origin.input == x.input
        && last.origin.line + (row - last.first) == x.line)
      return;
  }
  runs_.push_back({row, x});
}

row_origin origin_runs::find(std::uint32_t i) const {
  auto behind
    = [](std::uint32_t lhs, const run& rhs) { return lhs < rhs.first; };
  auto found = std::upper_bound(runs_.begin(), runs_.end(), i, behind);
  if (found == runs_.begin())
    return {};
  --found;
  auto result = found->origin;
  result.line += i - found->first;
  return result;
}

void origin_runs::visit(const std::function<void(const row_origin&)>& f) const {
  for (auto& x : runs_)
    f(x.origin);
}

std::uint64_t row_origins::add(origin_runs rows, std::size_t bytes) {
  auto first = next_;
  auto count = rows.rows();
  if (count == 0)
    return first;
  next_ += count;
  bytes_ += bytes;
  shipments_.emplace(first, shipment{std::move(rows), count, bytes});
  return first;
}

row_origin row_origins::find(std::uint64_t row) const {
  auto i = shipments_.upper_bound(row);
  if (i == shipments_.begin())
    return {};
  --i;
  return i->second.rows.find(static_cast<std::uint32_t>(row - i->first));
}

void row_origins::settle(std::uint64_t row, std::uint32_t rows) {
  auto i = shipments_.upper_bound(row);
  if (i == shipments_.begin())
    return;
  --i;
  auto& x = i->second;
  x.unsettled -= std::min(rows, x.unsettled);
  if (x.unsettled > 0)
    return;
  bytes_ -= x.bytes;
  shipments_.erase(i);
}

void row_origins::visit(const std::function<void(const row_origin&)>& f) const {
  for (auto& [first, x] : shipments_)
    x.rows.visit(f);
}

std::size_t row_origins::size() const noexcept {
  std::size_t result = 0;
  for (auto& [first, x] : shipments_)
    result += 1 + x.rows.size();
  return result;
}

} // namespace bqs::app
