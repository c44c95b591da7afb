#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace bqs {

/// Whose turn it is: round robin over tables, and within a table over its
/// lanes, so that a table with many lanes gets no more than one with few.
/// Tables of a project that must wait as a whole are passed over together,
/// however many there are.
class turn_queue {
public:
  /// Whether a table may have a turn now.
  enum class answer : std::uint8_t { yes, no, none_of_its_project };

  using question
    = std::function<answer(const std::string& table, std::uint32_t lane)>;

  /// Lines up a lane; one that is in line already stays where it is.
  /// @param project always the same for a table.
  void push(const std::string& table, std::uint32_t lane,
            const std::string& project);

  /// Takes the lane whose turn it is; nothing if none is in line.
  /// @param may is asked for tables in the order of their turns, with the next
  ///        lane of each; one that may not keeps its place.
  std::optional<std::uint32_t> pop(const question& may);

  /// Whether nobody is in line.
  bool empty() const noexcept {
    return lanes_ == 0;
  }

  /// Takes a lane out of the line.
  void erase(const std::string& table, std::uint32_t lane);

private:
  /// Tables by their places in the line.
  using tables = std::map<std::uint64_t, std::string>;

  /// A project and its tables in line.
  using group = std::pair<const std::string, tables>;

  void line_up(const std::string& table, const std::string& project);
  void leave(group& from, tables::iterator table);

  /// The last place that was given away.
  std::uint64_t last_place_ = 0;
  std::unordered_map<std::string, tables> projects_;
  /// Each project by the place of its first table.
  std::map<std::uint64_t, group*> heads_;
  /// The lanes in line of each table.
  std::unordered_map<std::string, std::deque<std::uint32_t>> index_;
  /// All in line.
  std::size_t lanes_ = 0;
};

} // namespace bqs
