#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>

namespace bqs::app {

/// Remembers the last keys it was told, in bounded memory.
class recent_keys {
public:
  explicit recent_keys(std::size_t most) : most_(most) {
    // nop
  }

  /// Returns whether the key is new, as far as that is remembered.
  bool add(std::string key) {
    auto [i, fresh] = known_.insert(std::move(key));
    if (!fresh)
      return false;
    order_.push_back(&*i);
    if (order_.size() > most_) {
      known_.erase(*order_.front());
      order_.pop_front();
    }
    return true;
  }

private:
  std::size_t most_;
  std::unordered_set<std::string> known_;
  /// Keys do not move in their set.
  std::deque<const std::string*> order_;
};

} // namespace bqs::app
