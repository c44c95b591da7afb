#include "actors/turn_queue.hpp"

#include <algorithm>
#include <utility>

namespace bqs {

void turn_queue::push(const std::string& table, std::uint32_t lane) {
  auto i = index_.find(table);
  if (i == index_.end()) {
    index_.emplace(table, std::deque<std::uint32_t>{lane});
    order_.push_back(table);
    ++lanes_;
  } else if (std::ranges::find(i->second, lane) == i->second.end()) {
    i->second.push_back(lane);
    ++lanes_;
  }
}

std::optional<std::uint32_t> turn_queue::pop(
  const std::function<bool(const std::string&, std::uint32_t)>& may) {
  for (auto place = order_.begin(); place != order_.end();) {
    auto i = index_.find(*place);
    if (i->second.empty()) { // erased while in line
      index_.erase(i);
      place = order_.erase(place);
      continue;
    }
    if (!may(*place, i->second.front())) {
      ++place;
      continue;
    }
    auto table = std::move(*place);
    order_.erase(place);
    auto result = i->second.front();
    i->second.pop_front();
    --lanes_;
    if (i->second.empty())
      index_.erase(i);
    else
      order_.push_back(std::move(table));
    return result;
  }
  return std::nullopt;
}

void turn_queue::erase(const std::string& table, std::uint32_t lane) {
  if (auto i = index_.find(table); i != index_.end())
    lanes_ -= std::erase(i->second, lane);
}

} // namespace bqs
