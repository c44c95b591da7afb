#include "sandbox/dedup.hpp"

#include <cstring>

namespace bqs::sandbox {

namespace {

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8'feb8'6659'fd93u;
  x ^= x >> 32;
  x *= 0xd6e8'feb8'6659'fd93u;
  return x ^ (x >> 32);
}

std::uint64_t hash(std::string_view x, std::uint64_t seed) {
  auto result = mix(seed ^ x.size());
  while (!x.empty()) {
    std::uint64_t word = 0;
    auto n = x.size() < sizeof(word) ? x.size() : sizeof(word);
    std::memcpy(&word, x.data(), n);
    x.remove_prefix(n);
    result = mix(result ^ word) + seed;
  }
  return result;
}

} // namespace

dedup::dedup(std::chrono::seconds window, std::size_t most)
  : window_(window), most_(most) {
  // nop
}

bool dedup::add(std::string_view table, std::string_view id, time_point now) {
  prune(now);
  auto what = make_mark(table, id);
  if (!marks_.insert(what))
    return false;
  order_.push_back({now, what});
  if (order_.size() > most_) {
    marks_.erase(order_.front().what);
    order_.pop_front();
  }
  return true;
}

void dedup::undo(std::size_t n) {
  for (; n > 0 && !order_.empty(); --n) {
    marks_.erase(order_.back().what);
    order_.pop_back();
  }
}

mark dedup::make_mark(std::string_view table, std::string_view id) {
  constexpr std::uint64_t one = 0x9e37'79b9'7f4a'7c15u;
  constexpr std::uint64_t two = 0xc2b2'ae3d'27d4'eb4fu;
  return {hash(id, hash(table, one)), hash(id, hash(table, two)) | 1};
}

void dedup::prune(time_point now) {
  while (!order_.empty() && order_.front().since + window_ <= now) {
    marks_.erase(order_.front().what);
    order_.pop_front();
  }
}

} // namespace bqs::sandbox
