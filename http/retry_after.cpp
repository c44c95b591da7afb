#include "http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace bqs::http {

namespace {

using namespace std::chrono;

constexpr std::int64_t longest = seconds{days{365}}.count();

std::string_view trim(std::string_view x) noexcept {
  constexpr auto blanks = " \t";
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

/// Reads digits and nothing else; not above `longest` for any number of them.
std::optional<std::int64_t> number(std::string_view x) noexcept {
  if (x.empty())
    return std::nullopt;
  std::int64_t result = 0;
  for (auto c : x) {
    if (c < '0' || c > '9')
      return std::nullopt;
    result = std::min(result * 10 + (c - '0'), longest);
  }
  return result;
}

std::optional<month> month_named(std::string_view x) noexcept {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr",
                                                   "May", "Jun", "Jul", "Aug",
                                                   "Sep", "Oct", "Nov", "Dec"};
  auto pos = std::find(names.begin(), names.end(), x);
  if (pos == names.end())
    return std::nullopt;
  return month{static_cast<unsigned>(pos - names.begin() + 1)};
}

/// Reads an IMF-fixdate (RFC 9110, 5.6.7) to seconds since 1970. The weekday is
/// not compared with the date.
std::optional<std::int64_t> date(std::string_view x) noexcept {
  constexpr std::string_view shape = "???, ?? ??? ???? ??:??:?? GMT";
  auto fits = [](char c, char wanted) { return wanted == '?' || c == wanted; };
  if (!std::equal(x.begin(), x.end(), shape.begin(), shape.end(), fits))
    return std::nullopt;
  auto d = number(x.substr(5, 2));
  auto m = month_named(x.substr(8, 3));
  auto y = number(x.substr(12, 4));
  auto hour = number(x.substr(17, 2));
  auto minute = number(x.substr(20, 2));
  auto second = number(x.substr(23, 2));
  if (!d || !m || !y || !hour || !minute || !second)
    return std::nullopt;
  year_month_day when{year{static_cast<int>(*y)}, *m,
                      day{static_cast<unsigned>(*d)}};
  // The 60 is a leap second.
  if (!when.ok() || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  std::int64_t days = sys_days{when}.time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

} // namespace

std::optional<milliseconds> parse_retry_after(std::string_view value,
                                              std::time_t now) noexcept {
  value = trim(value);
  if (auto wait = number(value))
    return milliseconds{*wait * 1000};
  auto when = date(value);
  // A clock before 1970 is not set, and the difference could overflow.
  if (!when || now < 0 || *when <= now)
    return std::nullopt;
  return milliseconds{std::min(*when - now, longest) * 1000};
}

} // namespace bqs::http
