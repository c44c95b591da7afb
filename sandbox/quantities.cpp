#include "sandbox/quantities.hpp"

#include <array>
#include <cmath>

namespace bqs::sandbox {

namespace {

struct unit {
  std::string_view name;
  double factor;
};

// A unit stands behind those that end as it does.
constexpr std::array<unit, 5> times{{
  {"us", 1},
  {"ms", 1e3},
  {"s", 1e6},
  {"min", 60e6},
  {"h", 3'600e6},
}};

constexpr std::array<unit, 6> sizes{{
  {"KiB", 1'024},
  {"MiB", 1'048'576},
  {"KB", 1e3},
  {"MB", 1e6},
  {"GB", 1e9},
  {"B", 1},
}};

constexpr double longest_time = 36e12;
constexpr double largest_size = 1e15;
constexpr std::string_view per_second = "/s";

template <class Units>
std::optional<double> read_with_unit(std::string_view x, const Units& units,
                                     double most) {
  for (auto& unit : units) {
    if (!x.ends_with(unit.name))
      continue;
    x.remove_suffix(unit.name.size());
    auto number = 0.0;
    // Written so that NaN is refused.
    if (read_number(x, number) && number >= 0 && number * unit.factor <= most)
      return number * unit.factor;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<double> above_zero(std::optional<double> x) {
  return x && *x > 0 ? x : std::nullopt;
}

} // namespace

std::chrono::microseconds time_range::at(double point) const {
  auto width = static_cast<double>((to - from).count());
  return from + std::chrono::microseconds{std::llround(width * point)};
}

std::optional<std::chrono::microseconds> read_time(std::string_view x) {
  auto micros = read_with_unit(x, times, longest_time);
  if (!micros)
    return std::nullopt;
  return std::chrono::microseconds{std::llround(*micros)};
}

std::optional<time_range> read_time_range(std::string_view x) {
  constexpr std::string_view dots = "..";
  auto middle = x.find(dots);
  auto from = read_time(x.substr(0, middle));
  auto to = middle == std::string_view::npos
              ? from
              : read_time(x.substr(middle + dots.size()));
  if (!from || !to || *from > *to)
    return std::nullopt;
  return time_range{*from, *to};
}

std::optional<double> read_bytes(std::string_view x) {
  return above_zero(read_with_unit(x, sizes, largest_size));
}

std::optional<double> read_byte_rate(std::string_view x) {
  if (!x.ends_with(per_second))
    return std::nullopt;
  return read_bytes(x.substr(0, x.size() - per_second.size()));
}

std::optional<double> read_rate(std::string_view x) {
  constexpr std::array<unit, 1> rates{{{per_second, 1}}};
  return above_zero(read_with_unit(x, rates, largest_size));
}

} // namespace bqs::sandbox
