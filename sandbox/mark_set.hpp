#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bqs::sandbox {

/// 128 bits that stand for an insert id; never all 0.
struct mark {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  friend bool operator==(const mark&, const mark&) = default;
};

/// Marks in one flat table: millions come and go, and a node of its own for
/// each would cost more than SQLite does with the row.
class mark_set {
public:
  mark_set();

  /// False if it is there already.
  bool insert(const mark& x);

  /// Nothing happens if it is not there.
  void erase(const mark& x);

  std::size_t size() const {
    return size_;
  }

private:
  std::size_t home(const mark& x) const;
  std::size_t after(std::size_t slot) const;
  std::size_t find(const mark& x) const;
  void grow();

  /// A power of two; at most three quarters are taken. An empty slot is 0.
  std::vector<mark> slots_;
  std::size_t size_ = 0;
};

} // namespace bqs::sandbox
