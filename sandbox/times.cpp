#include "sandbox/times.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace bqs::sandbox {

namespace {

constexpr std::int64_t second = 1'000'000; // in microseconds
constexpr std::int64_t day = 86'400 * second;
// 0001-01-01T00:00:00Z and the end of 9999.
constexpr std::int64_t first_second = -62'135'596'800;
constexpr std::int64_t end_second = 253'402'300'800;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Eats a text from the left.
struct scanner {
  std::string_view rest;

  bool done() const {
    return rest.empty();
  }

  bool eat(char c) {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  /// Eats one of `chars`; returns it, or 0.
  char eat_any(std::string_view chars) {
    if (rest.empty() || chars.find(rest.front()) == std::string_view::npos)
      return 0;
    auto c = rest.front();
    rest.remove_prefix(1);
    return c;
  }

  /// Eats `least` to `most` digits.
  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    auto value = 0;
    while (n < most && n < rest.size() && is_digit(rest[n]))
      value = value * 10 + (rest[n++] - '0');
    if (n < least)
      return std::nullopt;
    rest.remove_prefix(n);
    return value;
  }

  /// Eats a day; returns it as days since 1970.
  std::optional<std::int64_t> date(char separator) {
    auto y = number(4, 4);
    if (!y || !eat(separator))
      return std::nullopt;
    auto m = number(1, 2);
    if (!m || !eat(separator))
      return std::nullopt;
    auto d = number(1, 2);
    if (!d)
      return std::nullopt;
    std::chrono::year_month_day ymd{
      std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
      std::chrono::day{static_cast<unsigned>(*d)}};
    if (*y < 1 || !ymd.ok())
      return std::nullopt;
    return std::chrono::sys_days{ymd}.time_since_epoch().count();
  }

  /// Eats a time of day; returns it in microseconds. Digits of a fraction
  /// beyond six, up to `fraction`, are cut.
  std::optional<std::int64_t> time(bool seconds_needed, std::size_t fraction) {
    auto h = number(1, 2);
    if (!h || *h > 23 || !eat(':'))
      return std::nullopt;
    auto m = number(1, 2);
    if (!m || *m > 59)
      return std::nullopt;
    auto result = (std::int64_t{*h} * 60 + *m) * 60 * second;
    if (!eat(':')) {
      if (seconds_needed)
        return std::nullopt;
      return result;
    }
    auto s = number(1, 2);
    if (!s || *s > 59)
      return std::nullopt;
    result += *s * second;
    if (!eat('.'))
      return result;
    std::size_t n = 0;
    for (auto unit = second / 10; n < rest.size() && is_digit(rest[n]);
         ++n, unit /= 10)
      result += (rest[n] - '0') * unit;
    if (n == 0 || n > fraction)
      return std::nullopt;
    rest.remove_prefix(n);
    return result;
  }
};

/// Appends `x` with leading zeros.
void append_digits(std::string& out, std::int64_t x, std::size_t width) {
  out.append(width, '0');
  for (auto i = out.size(); width > 0; --width, x /= 10)
    out[--i] = static_cast<char>('0' + x % 10);
}

void append_date(std::string& out, std::int64_t days) {
  std::chrono::year_month_day ymd{
    std::chrono::sys_days{std::chrono::days{days}}};
  append_digits(out, static_cast<int>(ymd.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(ymd.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(ymd.day()), 2);
}

void append_time(std::string& out, std::int64_t micros) {
  auto seconds = micros / second;
  append_digits(out, seconds / 3600, 2);
  out += ':';
  append_digits(out, seconds / 60 % 60, 2);
  out += ':';
  append_digits(out, seconds % 60, 2);
  if (micros % second == 0)
    return;
  out += '.';
  append_digits(out, micros % second, 6);
}

timestamp_reading in_range(std::int64_t micros) {
  using verdict = timestamp_reading::verdict;
  if (micros < first_second * second || micros >= end_second * second)
    return {};
  return {verdict::ok, micros, {}};
}

/// Reads `[-]seconds[.fraction]`, or any other number by way of a double.
timestamp_reading read_epoch(std::string_view x) {
  auto point = std::min(x.find('.'), x.size());
  auto negative = !x.empty() && x.front() == '-';
  std::int64_t seconds = 0;
  auto [end, error] = std::from_chars(x.data(), x.data() + point, seconds);
  auto fraction = x.substr(std::min(point + 1, x.size()));
  if (error == std::errc{} && end == x.data() + point
      && std::all_of(fraction.begin(), fraction.end(), is_digit)) {
    if (seconds < first_second || seconds >= end_second)
      return {};
    std::int64_t micros = 0;
    auto unit = second / 10;
    for (auto c : fraction) {
      micros += (c - '0') * unit;
      unit /= 10;
    }
    return in_range(seconds * second + (negative ? -micros : micros));
  }
  double value = 0;
  auto [last, failure] = std::from_chars(x.data(), x.data() + x.size(), value);
  if (failure != std::errc{} || last != x.data() + x.size()
      || !(value >= static_cast<double>(first_second)
           && value < static_cast<double>(end_second)))
    return {};
  return in_range(std::llround(value * static_cast<double>(second)));
}

} // namespace

std::optional<std::string> canonical_date(std::string_view x) {
  scanner in{x};
  auto days = in.date('-');
  if (!days || !in.done())
    return std::nullopt;
  std::string result;
  append_date(result, *days);
  return result;
}

bool begins_with_date(std::string_view x) {
  return scanner{x}.date('-').has_value();
}

std::optional<std::string> canonical_time(std::string_view x) {
  scanner in{x};
  auto micros = in.time(true, 6);
  if (!micros || !in.done())
    return std::nullopt;
  std::string result;
  append_time(result, *micros);
  return result;
}

std::optional<std::string> canonical_datetime(std::string_view x) {
  scanner in{x};
  auto days = in.date('-');
  std::optional<std::int64_t> micros = 0;
  if (days && in.eat_any("Tt "))
    micros = in.time(false, 6);
  if (!days || !micros || !in.done())
    return std::nullopt;
  std::string result;
  append_date(result, *days);
  result += 'T';
  append_time(result, *micros);
  return result;
}

timestamp_reading read_timestamp(std::string_view x) {
  using verdict = timestamp_reading::verdict;
  scanner in{x};
  auto days = in.date('-');
  if (!days) {
    in.rest = x;
    days = in.date('/');
  }
  if (!days)
    return read_epoch(x);
  auto micros = *days * day;
  if (in.eat_any("Tt ")) {
    // Go sends nine digits of a fraction.
    auto time = in.time(false, 9);
    if (!time)
      return {};
    micros += *time;
  }
  if (in.done())
    return in_range(micros);
  in.eat(' ');
  auto zone = in.rest;
  if (zone == "Z" || zone == "z" || zone == "UTC")
    return in_range(micros);
  if (auto sign = in.eat_any("+-")) {
    auto hours = in.number(1, 2);
    in.eat(':');
    auto minutes = in.done() ? std::optional{0} : in.number(2, 2);
    if (!hours || *hours > 14 || !minutes || *minutes > 59 || !in.done())
      return {};
    auto offset = (std::int64_t{*hours} * 60 + *minutes) * 60 * second;
    return in_range(micros - (sign == '-' ? -offset : offset));
  }
  auto alpha = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  if (!zone.empty() && alpha(zone.front()))
    return {verdict::bad_zone, 0, std::string{zone}};
  return {};
}

std::string render_timestamp(std::int64_t micros) {
  auto days = micros / day - (micros % day < 0 ? 1 : 0);
  std::string result;
  append_date(result, days);
  result += 'T';
  append_time(result, micros - days * day);
  result += 'Z';
  return result;
}

std::string http_date(std::chrono::system_clock::time_point x) {
  constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed",
                                                "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr",
                                               "May", "Jun", "Jul", "Aug",
                                               "Sep", "Oct", "Nov", "Dec"};
  auto seconds = std::chrono::floor<std::chrono::seconds>(x);
  auto midnight = std::chrono::floor<std::chrono::days>(seconds);
  std::chrono::year_month_day date{midnight};
  std::chrono::hh_mm_ss time{seconds - midnight};
  std::array<char, 64> text{};
  auto size = std::snprintf(
    text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
    weekdays[std::chrono::weekday{midnight}.c_encoding()],
    static_cast<unsigned>(date.day()),
    months[static_cast<unsigned>(date.month()) - 1],
    static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
    static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> read_partition_day(std::string_view x) {
  if (x.size() != 8 || !std::all_of(x.begin(), x.end(), is_digit))
    return std::nullopt;
  auto text = std::string{x.substr(0, 4)} + "-" + std::string{x.substr(4, 2)}
              + "-" + std::string{x.substr(6)};
  return scanner{text}.date('-');
}

} // namespace bqs::sandbox
