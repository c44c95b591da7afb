#include "actors/refusal_log.hpp"

#include <chrono>
#include <utility>

namespace bqs {

std::optional<refusal_log::line>
refusal_log::note(const refused_peer& x, log_limit::clock::time_point now) {
  constexpr auto period = std::chrono::minutes{1};
  auto& limit = limits_.try_emplace(x.reason, period).first->second;
  auto times = limit.count(now);
  if (times == 0)
    return std::nullopt;
  auto who
    = x.address.empty() ? "a peer that has left" : "a peer at " + x.address;
  auto text = who + (x.stays ? ": " : " was refused: ") + x.reason;
  if (times > 1)
    text += " (and " + std::to_string(times - 1)
            + " more since the last such line)";
  return line{!x.silent, std::move(text)};
}

} // namespace bqs
