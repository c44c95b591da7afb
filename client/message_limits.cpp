#include "client/message_limits.hpp"

#include <algorithm>
#include <limits>

namespace bqs {

namespace {

constexpr std::uint32_t usual = 64u << 20;

} // namespace

void message_limits::allow_blocks(std::size_t bytes) noexcept {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  auto blocks = std::max(most_sent, 2 * std::min(most, bytes));
  auto wanted = static_cast<std::uint32_t>(
    std::min(most, blocks + (std::size_t{1} << 20)));
  auto now = accepted_.load();
  while (now < wanted && !accepted_.compare_exchange_weak(now, wanted)) {
    // another one was faster
  }
}

std::uint32_t message_limits::of_one(bool outgoing) const noexcept {
  auto accepted = accepted_.load();
  return outgoing || accepted == 0 ? usual : accepted;
}

std::uint64_t message_limits::of_all() const noexcept {
  return 4 * std::uint64_t{std::max(usual, accepted_.load())};
}

} // namespace bqs
