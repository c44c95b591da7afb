#include "actors/block_registry.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/receipt_memory.hpp"

namespace bqs {

block_registry::block_registry(std::size_t keep,
                               std::chrono::milliseconds keep_for)
  : keep_(keep), keep_for_(keep_for) {
  // nop
}

block_registry::look_up block_registry::find(const ask& x) const {
  auto i = streams_.find(x.stream);
  if (i == streams_.end() || x.rows == 0)
    return {};
  auto& blocks = i->second;
  // The last one that begins before the end of `x` overlaps it, or none does.
  auto rows = std::min<std::uint64_t>(x.rows, UINT64_MAX - x.first);
  auto next = blocks.lower_bound(x.first + rows);
  if (next == blocks.begin())
    return {};
  auto& found = std::prev(next)->second;
  auto& known
    = found.number == 0 ? *found.outcome : held_.at(found.number).outcome;
  if (known.first + known.rows <= x.first)
    return {};
  if (known.first != x.first || known.rows != x.rows || known.table != x.table)
    return {relation::conflict, 0, nullptr};
  if (found.number != 0)
    return {relation::held, found.number, nullptr};
  return {relation::settled, 0, found.outcome};
}

block_record& block_registry::admit(held_block_ptr x) {
  auto& b = x->rows;
  streams_[b.stream][b.first] = {x->number, nullptr};
  block_record record;
  record.outcome.stream = b.stream;
  record.outcome.first = b.first;
  record.outcome.rows = b.rows();
  record.outcome.table = b.table;
  auto number = x->number;
  record.source = std::move(x);
  return held_.emplace(number, std::move(record)).first->second;
}

block_record* block_registry::held(std::uint64_t number) {
  auto i = held_.find(number);
  return i == held_.end() ? nullptr : &i->second;
}

std::vector<row_range> block_registry::decide(std::uint64_t number,
                                              row_range rows) {
  auto x = held(number);
  if (x == nullptr)
    return {};
  rows.to = std::min(rows.to, x->outcome.rows);
  return x->decided.add(rows);
}

void block_registry::store(block_record& x, row_range rows,
                           bool possibly_duplicated) {
  x.settled += rows.size();
  x.outcome.stored += rows.size();
  if (possibly_duplicated)
    x.outcome.possibly_duplicated += rows.size();
}

void block_registry::fail(block_record& x, row_range rows,
                          const failure_reason& why) {
  x.settled += rows.size();
  auto& reasons = x.outcome.reasons;
  auto i = x.reasons.find(why);
  if (i == x.reasons.end()) {
    auto position = static_cast<std::uint32_t>(reasons.size());
    if (position < most_reasons)
      reasons.push_back(why);
    else if (position == most_reasons)
      reasons.push_back({"various",
                         "too many reasons for one receipt: "
                         "the failures have each",
                         {},
                         0,
                         true});
    i = position < most_reasons ? x.reasons.emplace(why, position).first
                                : x.reasons.end();
  }
  auto reason = i == x.reasons.end() ? most_reasons : i->second;
  x.outcome.failures.push_back({x.outcome.first + rows.from, rows.size(),
                                static_cast<std::uint32_t>(reason)});
}

receipt_ptr block_registry::close(std::uint64_t number, time_point now) {
  auto i = held_.find(number);
  if (i == held_.end() || i->second.settled < i->second.outcome.rows)
    return nullptr;
  auto result = std::make_shared<receipt>(std::move(i->second.outcome));
  held_.erase(i);
  // Neighbours that failed for the same reason become one range.
  auto& xs = result->failures;
  std::ranges::sort(xs, {}, &failed_range::first);
  auto last = xs.begin();
  for (auto& x : xs)
    if (&x != &*last) {
      if (last->first + last->rows == x.first && last->reason == x.reason)
        last->rows += x.rows;
      else
        *++last = x;
    }
  if (!xs.empty())
    xs.erase(last + 1, xs.end());
  auto& place = streams_[result->stream][result->first];
  place.number = 0;
  place.outcome = result;
  auto bytes = memory_of(*result);
  remembered_bytes_ += bytes;
  remembered_.push_back({now, result->stream, result->first, bytes});
  while (remembered_.size() > keep_
         || remembered_bytes_ > most_remembered_bytes)
    forget_oldest();
  return result;
}

void block_registry::forget(time_point now) {
  while (!remembered_.empty() && remembered_.front().since + keep_for_ <= now)
    forget_oldest();
}

void block_registry::forget_oldest() {
  auto& x = remembered_.front();
  auto i = streams_.find(x.of);
  i->second.erase(x.first);
  if (i->second.empty())
    streams_.erase(i);
  remembered_bytes_ -= x.bytes;
  remembered_.pop_front();
}

} // namespace bqs
