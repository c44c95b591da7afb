#include "sandbox/delivery.hpp"

#include <algorithm>
#include <cmath>

namespace bqs::sandbox {

namespace {

using std::chrono::microseconds;

constexpr double drips_per_second = 10;

microseconds time_of(std::size_t bytes, double drip) {
  auto micros = 1e6 * static_cast<double>(bytes) / drip;
  return microseconds{std::llround(std::min(micros, 36e12))};
}

/// Adds `size` bytes of the body at the pace of `drip`.
void add(std::vector<portion>& to, std::size_t size, double drip) {
  if (drip == 0) {
    to.push_back({size, microseconds{0}});
    return;
  }
  auto each = static_cast<std::size_t>(
    std::clamp(drip / drips_per_second, 1.0,
               static_cast<double>(std::max<std::size_t>(size, 1))));
  if (size >= each)
    to.push_back({each, time_of(each, drip), size / each});
  if (auto rest = size % each; rest > 0)
    to.push_back({rest, time_of(rest, drip)});
}

} // namespace

std::vector<portion> cut_answer(std::size_t head, std::size_t body,
                                const delivery& how) {
  std::vector<portion> result{{head, microseconds{0}}};
  auto shown = body;
  if (how.truncate_half)
    shown = body / 2;
  else if (how.truncate)
    shown
      = static_cast<std::size_t>(std::min<std::uint64_t>(*how.truncate, body));
  auto pause_at = how.truncates() ? shown : body / 2;
  add(result, pause_at, how.drip);
  if (result.back().times == 1)
    result.back().pause += how.stall;
  else if (how.stall.count() > 0)
    result.push_back({0, how.stall});
  add(result, shown - pause_at, how.drip);
  return result;
}

} // namespace bqs::sandbox
