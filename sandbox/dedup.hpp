#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "sandbox/mark_set.hpp"

namespace bqs::sandbox {

/// Remembers insert ids for a while. Keeps 128 bits of each instead of its
/// text, and forgets the oldest first when there are too many, so that memory
/// is bounded. One thread at a time.
class dedup {
public:
  using time_point = std::chrono::system_clock::time_point;

  dedup(std::chrono::seconds window, std::size_t most);

  /// Remembers an id of a table. False if it is remembered already, which
  /// does not renew it.
  bool add(std::string_view table, std::string_view id, time_point now);

  /// Takes back the last `n` additions.
  void undo(std::size_t n);

  std::size_t size() const {
    return order_.size();
  }

private:
  struct entry {
    time_point since;
    mark what;
  };

  static mark make_mark(std::string_view table, std::string_view id);
  void prune(time_point now);

  std::chrono::seconds window_;
  std::size_t most_;
  std::deque<entry> order_;
  mark_set marks_;
};

} // namespace bqs::sandbox
