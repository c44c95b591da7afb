#include "actors/turn_queue.hpp"

#include <algorithm>
#include <utility>

namespace bqs {

void turn_queue::push(const std::string& table, std::uint32_t lane) {
  auto i = index_.find(table);
  if (i == index_.end()) {
    index_.emplace(table, std::deque<std::uint32_t>{lane});
    order_.push_back(table);
  } else if (std::ranges::find(i->second, lane) == i->second.end()) {
    i->second.push_back(lane);
  }
}

std::optional<std::uint32_t> turn_queue::pop() {
  while (!order_.empty()) {
    auto table = std::move(order_.front());
    order_.pop_front();
    auto i = index_.find(table);
    if (i->second.empty()) { // erased while in line
      index_.erase(i);
      continue;
    }
    auto result = i->second.front();
    i->second.pop_front();
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
    std::erase(i->second, lane);
}

} // namespace bqs
