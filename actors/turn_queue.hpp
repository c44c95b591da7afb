#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace bqs {

/// Whose turn it is: round robin over tables, and within a table over its
/// lanes, so that a table with many lanes gets no more than one with few.
class turn_queue {
public:
  /// Lines up a lane; one that is in line already stays where it is.
  void push(const std::string& table, std::uint32_t lane);

  /// Takes the lane whose turn it is; nothing if none is in line.
  /// @param may whether a table, whose next lane is this one, may have a turn
  ///        now; one that may not keeps its place.
  std::optional<std::uint32_t>
  pop(const std::function<bool(const std::string&, std::uint32_t)>& may);

  /// Whether nobody is in line.
  bool empty() const noexcept {
    return lanes_ == 0;
  }

  /// Takes a lane out of the line.
  void erase(const std::string& table, std::uint32_t lane);

private:
  /// Tables in the order of their turns.
  std::deque<std::string> order_;
  /// The lanes in line of each of them.
  std::unordered_map<std::string, std::deque<std::uint32_t>> index_;
  /// All in line.
  std::size_t lanes_ = 0;
};

} // namespace bqs
