#include "sandbox/latency.hpp"

#include <algorithm>
#include <cmath>

namespace bqs::sandbox {

namespace {

using std::chrono::microseconds;

// A bad draw of a log-normal must not overflow.
constexpr double longest = 36e12;
// Beyond it nearly all times are next to nothing or endless.
constexpr double largest_sigma = 5;
constexpr std::string_view lognormal = "lognormal:";

microseconds cut(double micros) {
  return microseconds{std::llround(std::min(micros, longest))};
}

bool read_lognormal(std::string_view x, latency_model& out) {
  auto colon = x.find(':');
  auto median = read_time(x.substr(0, colon));
  if (colon == std::string_view::npos || !median || median->count() == 0
      || out.median.count() > 0)
    return false;
  out.median = *median;
  return read_number(x.substr(colon + 1), out.sigma) && out.sigma >= 0
         && out.sigma <= largest_sigma;
}

bool read_term(std::string_view x, latency_model& out) {
  if (x.starts_with(lognormal))
    return read_lognormal(x.substr(lognormal.size()), out);
  auto range = read_time_range(x);
  if (!range || out.even != time_range{})
    return false;
  out.even = *range;
  return true;
}

} // namespace

microseconds drawn_latency::of(std::size_t bytes) const {
  auto sum
    = static_cast<double>(base.count())
      + static_cast<double>(per_mb.count()) * static_cast<double>(bytes) / 1e6;
  auto result = cut(sum);
  return most ? std::min(*most, result) : result;
}

drawn_latency draw(const latency_model& x, std::mt19937_64& dice) {
  auto base = x.even.from;
  if (x.even.from != x.even.to)
    base = x.even.at(std::uniform_real_distribution{0.0, 1.0}(dice));
  if (x.median.count() > 0) {
    auto middle = std::log(static_cast<double>(x.median.count()));
    // A fresh distribution: none keeps half of a draw for the next one.
    base += cut(std::lognormal_distribution{middle, x.sigma}(dice));
  }
  return {base, x.per_mb, x.most};
}

bool read_latency(std::string_view text, latency_model& out) {
  for (;;) {
    auto plus = text.find('+');
    if (!read_term(text.substr(0, plus), out))
      return false;
    if (plus == std::string_view::npos)
      return true;
    text.remove_prefix(plus + 1);
  }
}

} // namespace bqs::sandbox
