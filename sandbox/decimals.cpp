#include "sandbox/decimals.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace bqs::sandbox {

namespace {

/// The digits of a number and where its point is.
struct decimal {
  bool negative = false;
  std::string digits;
  /// How many of `digits` are before the point; may be outside of them.
  std::int64_t point = 0;
};

std::optional<decimal> read_decimal(std::string_view x) {
  decimal result;
  if (!x.empty() && (x.front() == '-' || x.front() == '+')) {
    result.negative = x.front() == '-';
    x.remove_prefix(1);
  }
  auto seen_point = false;
  std::size_t i = 0;
  for (; i < x.size(); ++i) {
    if (x[i] >= '0' && x[i] <= '9') {
      result.digits += x[i];
      if (!seen_point)
        ++result.point;
    } else if (x[i] == '.' && !seen_point) {
      seen_point = true;
    } else {
      break;
    }
  }
  if (result.digits.empty())
    return std::nullopt;
  if (i < x.size()) {
    if ((x[i] | 0x20) != 'e')
      return std::nullopt;
    auto rest = x.substr(i + 1);
    if (rest.starts_with('+') && !rest.starts_with("+-"))
      rest.remove_prefix(1);
    auto exponent = 0;
    auto [end, error]
      = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc{} || end != rest.data() + rest.size())
      return std::nullopt;
    result.point += exponent;
  }
  // Drop what has no weight, so that only real digits count.
  auto zeros
    = std::min(result.digits.find_first_not_of('0'), result.digits.size());
  result.digits.erase(0, zeros);
  result.point -= static_cast<std::int64_t>(zeros);
  result.digits.erase(result.digits.find_last_not_of('0') + 1);
  if (result.digits.empty())
    result = {};
  return result;
}

/// Renders `x` if it has at most `whole` digits before the point and `scale`
/// after it.
std::optional<std::string> render(const decimal& x, std::int64_t whole,
                                  std::int64_t scale) {
  auto size = static_cast<std::int64_t>(x.digits.size());
  if (x.point > whole || size - x.point > scale)
    return std::nullopt;
  std::string result = x.negative ? "-" : "";
  if (x.point <= 0) {
    result += '0';
  } else {
    auto n = static_cast<std::size_t>(std::min(x.point, size));
    result.append(x.digits, 0, n);
    result.append(static_cast<std::size_t>(x.point) - n, '0');
  }
  if (size > x.point && size > 0) {
    result += '.';
    if (x.point < 0)
      result.append(static_cast<std::size_t>(-x.point), '0');
    result.append(x.digits,
                  static_cast<std::size_t>(std::max(x.point, std::int64_t{0})));
  }
  return result;
}

bool equals_lower(std::string_view x, std::string_view lower) {
  return std::equal(x.begin(), x.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

} // namespace

std::optional<std::string> canonical_numeric(std::string_view x) {
  auto number = read_decimal(x);
  return number ? render(*number, 29, 9) : std::nullopt;
}

std::optional<std::string> canonical_bignumeric(std::string_view x) {
  // The 38 or 39 digits of the largest value, without its point.
  constexpr std::string_view largest = "578960446186580977117854925043439539266"
                                       "34992332820282019728792003956564819967";
  auto number = read_decimal(x);
  if (!number)
    return std::nullopt;
  // One more of the other sign exists at the negative end; nobody will miss it.
  if (number->point == 39 && number->digits > largest)
    return std::nullopt;
  return render(*number, 39, 38);
}

std::optional<std::string> canonical_float(std::string_view x) {
  auto unsigned_x = x;
  if (!x.empty() && (x.front() == '-' || x.front() == '+'))
    unsigned_x.remove_prefix(1);
  auto negative = !x.empty() && x.front() == '-';
  if (equals_lower(unsigned_x, "nan"))
    return "\"NaN\"";
  if (equals_lower(unsigned_x, "inf") || equals_lower(unsigned_x, "infinity"))
    return negative ? "\"-Infinity\"" : "\"Infinity\"";
  if (x.starts_with('+') && !x.starts_with("+-"))
    x = unsigned_x;
  double value = 0;
  auto [end, error] = std::from_chars(x.data(), x.data() + x.size(), value);
  if (error == std::errc::result_out_of_range
      && end == x.data() + x.size()) // tiny is zero, huge is an error
    value = std::strtod(std::string{x}.c_str(), nullptr);
  else if (error != std::errc{} || end != x.data() + x.size())
    return std::nullopt;
  if (!std::isfinite(value))
    return std::nullopt;
  char text[32];
  auto last = std::to_chars(text, text + sizeof(text), value).ptr;
  return std::string{text, static_cast<std::size_t>(last - text)};
}

std::optional<std::string> canonical_integer(std::string_view x,
                                             bool integral) {
  auto digits = x;
  if (digits.starts_with('+') && !digits.starts_with("+-"))
    digits.remove_prefix(1);
  std::string whole;
  if (integral && x.find_first_of(".eE") != std::string_view::npos) {
    auto number = read_decimal(x);
    auto text = number ? render(*number, 19, 0) : std::nullopt;
    if (!text)
      return std::nullopt;
    whole = std::move(*text);
    digits = whole;
  }
  std::int64_t value = 0;
  auto [end, error]
    = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return std::to_string(value);
}

std::string render_scientific(double x) {
  char text[40];
  auto end
    = std::to_chars(text, text + sizeof(text), x, std::chars_format::scientific)
        .ptr;
  std::string_view all{text, static_cast<std::size_t>(end - text)};
  auto e = all.find('e');
  if (e == std::string_view::npos)
    return std::string{all};
  std::string result{all.substr(0, e)};
  if (result.find('.') == std::string::npos)
    result += ".0";
  auto exponent = all.substr(e + 1);
  result += exponent.front() == '-' ? "E-" : "E";
  // It has two digits at least; the last one stays.
  auto first = std::min(exponent.find_first_not_of("+-0"), exponent.size() - 1);
  return result.append(exponent.substr(first));
}

} // namespace bqs::sandbox
