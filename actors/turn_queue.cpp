#include "actors/turn_queue.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace bqs {

void turn_queue::push(const std::string& table, std::uint32_t lane,
                      const std::string& project) {
  auto i = index_.find(table);
  if (i == index_.end()) {
    index_.emplace(table, std::deque<std::uint32_t>{lane});
    line_up(table, project);
    ++lanes_;
  } else if (std::ranges::find(i->second, lane) == i->second.end()) {
    i->second.push_back(lane);
    ++lanes_;
  }
}

std::optional<std::uint32_t> turn_queue::pop(const question& may) {
  // Projects whose first table may not, by the place of the next one.
  std::map<std::uint64_t, std::pair<group*, tables::iterator>> begun;
  std::uint64_t last_head = 0;
  for (;;) {
    auto head = heads_.upper_bound(last_head);
    auto at_head = head != heads_.end()
                   && (begun.empty() || head->first < begun.begin()->first);
    if (!at_head && begun.empty())
      return std::nullopt;
    group* from = nullptr;
    tables::iterator place;
    if (at_head) {
      from = head->second;
      place = from->second.begin();
      last_head = place->first;
    } else {
      std::tie(from, place) = begun.begin()->second;
      begun.erase(begun.begin());
    }
    auto next = std::next(place);
    auto is_last = next == from->second.end();
    auto i = index_.find(place->second);
    auto& lanes = i->second;
    if (lanes.empty()) { // erased while in line
      index_.erase(i);
      leave(*from, place);
      if (!at_head && !is_last) // else it is a head now
        begun.emplace(next->first, std::pair{from, next});
      continue;
    }
    auto said = may(place->second, lanes.front());
    if (said == answer::yes) {
      auto result = lanes.front();
      lanes.pop_front();
      --lanes_;
      auto project = from->first;
      leave(*from, place);
      if (lanes.empty())
        index_.erase(i);
      else
        line_up(i->first, project);
      return result;
    }
    if (said == answer::no && !is_last)
      begun.emplace(next->first, std::pair{from, next});
  }
}

void turn_queue::erase(const std::string& table, std::uint32_t lane) {
  if (auto i = index_.find(table); i != index_.end())
    lanes_ -= std::erase(i->second, lane);
}

void turn_queue::line_up(const std::string& table, const std::string& project) {
  auto& to = *projects_.try_emplace(project).first;
  ++last_place_;
  if (to.second.empty())
    heads_.emplace(last_place_, &to);
  to.second.emplace_hint(to.second.end(), last_place_, table);
}

void turn_queue::leave(group& from, tables::iterator table) {
  auto was_first = heads_.erase(table->first) > 0;
  from.second.erase(table);
  if (from.second.empty())
    projects_.erase(projects_.find(from.first));
  else if (was_first)
    heads_.emplace(from.second.begin()->first, &from);
}

} // namespace bqs
