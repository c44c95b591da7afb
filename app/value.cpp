#include "app/value.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace bqs::app {

namespace {

using unit = std::pair<std::string_view, std::uint64_t>;

// Ascending, as `show` wants it.
constexpr std::array<unit, 3> size_units{
  {{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}}};
constexpr std::array<unit, 4> time_units{
  {{"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}}};

struct number {
  std::uint64_t value = 0;
  std::string_view rest;
};

std::optional<number> leading_number(std::string_view text) {
  number result;
  auto end = text.data() + text.size();
  auto [at, fault] = std::from_chars(text.data(), end, result.value);
  if (fault != std::errc{} || at == text.data())
    return std::nullopt;
  result.rest = text.substr(static_cast<std::size_t>(at - text.data()));
  return result;
}

template <class Units>
std::optional<std::uint64_t> with_unit(const number& x, const Units& units,
                                       std::uint64_t most) {
  for (auto& [name, factor] : units)
    if (x.rest == name && x.value <= most / factor)
      return x.value * factor;
  return std::nullopt;
}

template <class Units>
std::string show(std::uint64_t value, unit best, const Units& units) {
  for (auto& candidate : units)
    if (value != 0 && value % candidate.second == 0)
      best = candidate;
  return std::to_string(value / best.second).append(best.first);
}

} // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  auto x = leading_number(text);
  if (!x || !x->rest.empty())
    return std::nullopt;
  return x->value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  auto x = leading_number(text);
  if (!x)
    return std::nullopt;
  if (x->rest.empty())
    return x->value;
  return with_unit(*x, size_units, std::numeric_limits<std::uint64_t>::max());
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto x = leading_number(text);
  if (!x)
    return std::nullopt;
  auto most = std::chrono::milliseconds::max().count();
  auto count = with_unit(*x, time_units, static_cast<std::uint64_t>(most));
  if (!count)
    return std::nullopt;
  return std::chrono::milliseconds{*count};
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true")
    return true;
  if (text == "false")
    return false;
  return std::nullopt;
}

std::string show_text(std::string_view text) {
  std::string result = "\"";
  for (auto c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

std::string show_size(std::uint64_t bytes) {
  return show(bytes, {"", 1}, size_units);
}

std::string show_duration(std::chrono::milliseconds time) {
  return show(static_cast<std::uint64_t>(time.count()), {"ms", 1}, time_units);
}

} // namespace bqs::app
