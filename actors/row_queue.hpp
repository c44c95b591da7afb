#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include "actors/batch.hpp"

namespace bqs {

/// Bytes that `x` adds to a body, at most: an id of the sender's own may
/// double by escaping (a longer one is found by the builder).
std::size_t body_bytes(const slice& x) noexcept;

/// Bytes of a body with all rows of `x`, at most.
std::size_t body_bytes(const batch& x) noexcept;

/// Rows that wait to be sent, in their order.
class row_queue {
public:
  bool empty() const noexcept {
    return slices_.empty();
  }

  std::uint64_t rows() const noexcept {
    return rows_;
  }

  /// What they add to a body, at most.
  std::size_t bytes() const noexcept {
    return bytes_;
  }

  const slice& front() const {
    return slices_.front();
  }

  void push_back(slice x);

  /// Puts rows ahead of all others, in their order.
  void push_front(std::vector<slice> xs);

  /// Takes rows of the first slice; all if it has no more than `rows`.
  slice take_front(std::uint32_t rows);

  /// Returns how many rows of the first slice fit into `bytes` of a body.
  std::uint32_t fitting(std::size_t bytes) const noexcept;

  auto begin() const noexcept {
    return slices_.begin();
  }

  auto end() const noexcept {
    return slices_.end();
  }

  void clear();

private:
  /// A deque takes 600 bytes when it is empty, and idle tables are many.
  std::list<slice> slices_;
  std::uint64_t rows_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace bqs
