#include "client/peer_memory.hpp"

#include <algorithm>
#include <utility>

namespace bqs {

void peer_memory::announce(peer who, std::uint32_t bytes) {
  auto& x = shares_[who];
  announced_ = announced_ - x.announced + bytes;
  x.announced = bytes;
  x.message = ++messages_;
}

void peer_memory::arrived(peer who) noexcept {
  if (auto i = shares_.find(who); i != shares_.end())
    announced_ -= std::exchange(i->second.announced, 0);
}

std::optional<peer_memory::peer> peer_memory::drop_slowest(std::uint32_t size,
                                                           std::uint64_t most) {
  if (announced_ + size <= most)
    return std::nullopt;
  auto slowest = shares_.end();
  for (auto i = shares_.begin(); i != shares_.end(); ++i)
    if (i->second.announced > 0
        && (slowest == shares_.end()
            || i->second.message < slowest->second.message))
      slowest = i;
  if (slowest == shares_.end())
    return std::nullopt;
  announced_ -= std::exchange(slowest->second.announced, 0);
  return slowest->first;
}

std::uint64_t peer_memory::add_unread(peer who, std::uint64_t bytes) {
  auto& x = shares_[who];
  unread_ += bytes;
  return x.unread += bytes;
}

void peer_memory::set_unread(peer who, std::uint64_t bytes) {
  auto& x = shares_[who];
  unread_ = unread_ - x.unread + bytes;
  x.unread = bytes;
}

std::optional<peer_memory::peer>
peer_memory::drop_greediest(std::uint64_t most) {
  if (unread_ <= most)
    return std::nullopt;
  auto i
    = std::max_element(shares_.begin(), shares_.end(), [](auto& x, auto& y) {
        return x.second.unread < y.second.unread;
      });
  unread_ -= std::exchange(i->second.unread, 0);
  return i->first;
}

void peer_memory::forget(peer who) noexcept {
  auto i = shares_.find(who);
  if (i == shares_.end())
    return;
  announced_ -= i->second.announced;
  unread_ -= i->second.unread;
  shares_.erase(i);
}

} // namespace bqs
