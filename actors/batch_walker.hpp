#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "actors/batch.hpp"

namespace bqs {

/// Lets `x` go on over the rows of `next` if they are its neighbours and alike.
/// @returns whether they were.
inline bool adjoin(slice& x, const slice& next) {
  if (x.source != next.source || x.rows.to != next.rows.from
      || x.since != next.since || x.attempts != next.attempts
      || x.uncertain != next.uncertain
      || x.uncertain_since != next.uncertain_since || x.crashes != next.crashes)
    return false;
  x.rows.to = next.rows.to;
  return true;
}

/// Goes over the rows of a batch from front to back and deals them out: to
/// the decided ones, or to those that are sent again.
struct batch_walker {
  const batch& sent;
  std::vector<decision>& decided;
  std::vector<slice> again{};
  std::size_t at_slice = 0;
  std::uint32_t at_row = 0; // in the slice
  std::uint32_t at = 0;     // in the batch

  /// Calls `f` with each piece of the rows up to `index` of the batch.
  template <class F>
  void up_to(std::uint32_t index, F f) {
    while (at < index && at_slice < sent.slices.size()) {
      auto& whole = sent.slices[at_slice];
      auto n = std::min(whole.size() - at_row, index - at);
      auto piece = whole;
      piece.rows.from = whole.rows.from + at_row;
      piece.rows.to = piece.rows.from + n;
      at += n;
      at_row += n;
      if (at_row == whole.size()) {
        ++at_slice;
        at_row = 0;
      }
      f(std::move(piece));
    }
  }

  /// Calls `f` with each piece of the rows that are left.
  template <class F>
  void rest(F f) {
    up_to(sent.rows, std::move(f));
  }

  void stored(const slice& x) {
    if (!decided.empty()) {
      auto& last = decided.back();
      if (last.stored && last.source == x.source && last.rows.to == x.rows.from
          && last.possibly_duplicated == x.uncertain
          && last.attempts == x.attempts) {
        last.rows.to = x.rows.to;
        return;
      }
    }
    decided.push_back({x.source, x.rows, true, {}, x.uncertain, x.attempts});
  }

  void failed(const slice& x, failure_reason why) {
    decided.push_back(
      {x.source, x.rows, false, std::move(why), false, x.attempts});
  }

  void once_more(slice x) {
    // An answer names rows one by one; they shall not travel so.
    if (again.empty() || !adjoin(again.back(), x))
      again.push_back(std::move(x));
  }
};

} // namespace bqs
