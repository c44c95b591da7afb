#include "sandbox/sql_runtime.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "sandbox/decimals.hpp"
#include "sandbox/lower.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox::sql {

namespace {

constexpr std::int64_t second = 1'000'000; // in microseconds
constexpr std::int64_t day = 86'400 * second;

/// One call of a function; none of its arguments is NULL.
class call {
public:
  call(sqlite3_context* to, sqlite3_value** args, int count)
    : to_(to), args_(args), count_(count) {
    // nop
  }

  int count() const {
    return count_;
  }

  std::int64_t integer(int i) const {
    return sqlite3_value_int64(args_[i]);
  }

  double real(int i) const {
    return sqlite3_value_double(args_[i]);
  }

  std::string_view text(int i) const {
    auto data = static_cast<const char*>(sqlite3_value_blob(args_[i]));
    auto size = static_cast<std::size_t>(sqlite3_value_bytes(args_[i]));
    return data == nullptr ? std::string_view{} : std::string_view{data, size};
  }

  void answer(std::int64_t x) {
    sqlite3_result_int64(to_, x);
  }

  /// There is no NaN in SQLite; the service fails instead of most infinities.
  void answer(double x) {
    if (!std::isfinite(x))
      throw std::runtime_error("Floating point error: overflow");
    sqlite3_result_double(to_, x);
  }

  void answer(std::string_view x) {
    sqlite3_result_text64(to_, x.data() != nullptr ? x.data() : "", x.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
  }

  void answer_null() {
    sqlite3_result_null(to_);
  }

private:
  sqlite3_context* to_;
  sqlite3_value** args_;
  int count_;
};

template <void (*F)(call&)>
void invoke(sqlite3_context* to, int count, sqlite3_value** args) {
  for (auto i = 0; i < count; ++i)
    if (sqlite3_value_type(args[i]) == SQLITE_NULL)
      return sqlite3_result_null(to);
  try {
    call x{to, args, count};
    F(x);
  } catch (const std::exception& why) {
    sqlite3_result_error(to, why.what(), -1);
  }
}

// -- numbers ------------------------------------------------------------------

[[noreturn]] void overflow(std::int64_t a, const char* op, std::int64_t b) {
  throw std::runtime_error("int64 overflow: " + std::to_string(a) + op
                           + std::to_string(b));
}

void add_integer(call& x) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(x.integer(0), x.integer(1), &result))
    overflow(x.integer(0), " + ", x.integer(1));
  x.answer(result);
}

void subtract_integer(call& x) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(x.integer(0), x.integer(1), &result))
    overflow(x.integer(0), " - ", x.integer(1));
  x.answer(result);
}

void multiply_integer(call& x) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(x.integer(0), x.integer(1), &result))
    overflow(x.integer(0), " * ", x.integer(1));
  x.answer(result);
}

void negate_integer(call& x) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(std::int64_t{0}, x.integer(0), &result))
    overflow(0, " - ", x.integer(0));
  x.answer(result);
}

void absolute_integer(call& x) {
  if (x.integer(0) < 0)
    negate_integer(x);
  else
    x.answer(x.integer(0));
}

void check_divisor(call& x) {
  if (x.integer(1) == 0)
    throw std::runtime_error("division by zero: " + std::to_string(x.integer(0))
                             + " / 0");
}

void divide_integer(call& x) {
  check_divisor(x);
  if (x.integer(1) == -1)
    return negate_integer(x); // the lowest one has no counterpart
  x.answer(x.integer(0) / x.integer(1));
}

void modulo(call& x) {
  check_divisor(x);
  x.answer(x.integer(1) == -1 ? std::int64_t{0} : x.integer(0) % x.integer(1));
}

void add_float(call& x) {
  x.answer(x.real(0) + x.real(1));
}

void subtract_float(call& x) {
  x.answer(x.real(0) - x.real(1));
}

void multiply_float(call& x) {
  x.answer(x.real(0) * x.real(1));
}

void divide_float(call& x) {
  if (x.real(1) == 0.0)
    throw std::runtime_error("division by zero");
  x.answer(x.real(0) / x.real(1));
}

void safe_divide(call& x) {
  auto result = x.real(0) / x.real(1);
  if (x.real(1) == 0.0 || !std::isfinite(result))
    x.answer_null();
  else
    x.answer(result);
}

void negate_float(call& x) {
  x.answer(-x.real(0));
}

void absolute_float(call& x) {
  x.answer(std::fabs(x.real(0)));
}

void floor_float(call& x) {
  x.answer(std::floor(x.real(0)));
}

void ceil_float(call& x) {
  x.answer(std::ceil(x.real(0)));
}

void round_float(call& x) {
  x.answer(std::round(x.real(0)));
}

// -- strings ------------------------------------------------------------------

bool is_tail(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::int64_t characters(std::string_view x) {
  return std::count_if(x.begin(), x.end(), [](char c) { return !is_tail(c); });
}

/// Returns where a character starts; the size if there are not that many.
std::size_t offset_of(std::string_view x, std::int64_t character) {
  std::size_t i = 0;
  for (; i < x.size(); ++i)
    if (!is_tail(x[i]) && character-- == 0)
      break;
  return i;
}

void check_ascii(std::string_view x, const char* function) {
  if (std::any_of(x.begin(), x.end(), [](char c) { return (c & 0x80) != 0; }))
    throw std::runtime_error(std::string{"The sandbox cannot run "} + function
                             + " on text that is not ASCII");
}

void length(call& x) {
  x.answer(characters(x.text(0)));
}

void lower(call& x) {
  check_ascii(x.text(0), "LOWER");
  x.answer(sandbox::lower(x.text(0)));
}

void upper(call& x) {
  check_ascii(x.text(0), "UPPER");
  std::string result{x.text(0)};
  for (auto& c : result)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  x.answer(result);
}

void substr(call& x) {
  auto text = x.text(0);
  auto size = characters(text);
  auto from = x.integer(1);
  // 0 means 1; what is before the start counts from there.
  from = from > 0    ? from - 1
         : from == 0 ? 0
                     : std::max(size + from, std::int64_t{0});
  auto most = x.count() > 2 ? x.integer(2) : size;
  if (most < 0)
    throw std::runtime_error("Third argument in SUBSTR() cannot be negative");
  from = std::min(from, size);
  most = std::min(most, size - from);
  auto begin = offset_of(text, from);
  x.answer(text.substr(begin, offset_of(text.substr(begin), most)));
}

void starts_with(call& x) {
  x.answer(std::int64_t{x.text(0).starts_with(x.text(1))});
}

void ends_with(call& x) {
  x.answer(std::int64_t{x.text(0).ends_with(x.text(1))});
}

void strpos(call& x) {
  auto found = x.text(0).find(x.text(1));
  x.answer(found == std::string_view::npos
             ? std::int64_t{0}
             : characters(x.text(0).substr(0, found)) + 1);
}

constexpr std::string_view spaces = " \t\n\v\f\r";

std::string_view trim_left(std::string_view x) {
  return x.substr(std::min(x.find_first_not_of(spaces), x.size()));
}

std::string_view trim_right(std::string_view x) {
  return x.substr(0, x.find_last_not_of(spaces) + 1);
}

void trim(call& x) {
  check_ascii(x.text(0), "TRIM");
  x.answer(trim_left(trim_right(x.text(0))));
}

void ltrim(call& x) {
  check_ascii(x.text(0), "LTRIM");
  x.answer(trim_left(x.text(0)));
}

void rtrim(call& x) {
  check_ascii(x.text(0), "RTRIM");
  x.answer(trim_right(x.text(0)));
}

/// What a LIKE pattern means at one place.
struct like_step {
  std::string_view literal;
  bool one = false;
  bool many = false;
};

like_step take_step(std::string_view& pattern) {
  auto c = pattern.front();
  if (c == '\\') {
    pattern.remove_prefix(1);
    if (pattern.empty())
      throw std::runtime_error("LIKE pattern ends with a backslash");
  }
  std::size_t n = 1;
  while (n < pattern.size() && is_tail(pattern[n]))
    ++n;
  auto literal = pattern.substr(0, n);
  pattern.remove_prefix(n);
  return {literal, c == '_', c == '%'};
}

bool matches(std::string_view x, std::string_view pattern) {
  // Where the last `%` was, to try again one character further.
  auto retry_pattern = pattern;
  auto retry = x;
  auto can_retry = false;
  for (;;) {
    auto ok = x.empty() && pattern.empty();
    if (ok)
      return true;
    if (!pattern.empty()) {
      auto step = take_step(pattern);
      if (step.many) {
        retry_pattern = pattern;
        retry = x;
        can_retry = true;
        continue;
      }
      auto n = step.one ? offset_of(x, 1) : step.literal.size();
      ok = !x.empty() && (step.one || x.starts_with(step.literal));
      if (ok)
        x.remove_prefix(n);
    }
    if (ok)
      continue;
    if (!can_retry || retry.empty())
      return false;
    retry.remove_prefix(offset_of(retry, 1));
    x = retry;
    pattern = retry_pattern;
  }
}

void like(call& x) {
  x.answer(std::int64_t{matches(x.text(0), x.text(1))});
}

// -- conversions --------------------------------------------------------------

[[noreturn]] void bad_value(const char* type, std::string_view x) {
  throw std::runtime_error(std::string{"Bad "} + type
                           + " value: " + std::string{x});
}

void to_integer(call& x) {
  auto text = trim_left(trim_right(x.text(0)));
  auto value = canonical_integer(text, false);
  if (!value)
    bad_value("int64", x.text(0));
  std::int64_t result = 0;
  std::from_chars(value->data(), value->data() + value->size(), result);
  x.answer(result);
}

void to_float(call& x) {
  auto text = canonical_float(trim_left(trim_right(x.text(0))));
  if (!text)
    bad_value("double", x.text(0));
  if (text->front() == '"')
    throw std::runtime_error("The sandbox cannot work with NaN and infinities");
  double result = 0;
  std::from_chars(text->data(), text->data() + text->size(), result);
  x.answer(result);
}

void round_to_integer(call& x) {
  auto value = std::round(x.real(0));
  if (!(value >= -0x1p63 && value < 0x1p63))
    throw std::runtime_error("Illegal conversion of double to int64");
  x.answer(static_cast<std::int64_t>(value));
}

void to_boolean(call& x) {
  auto text = sandbox::lower(x.text(0));
  if (text != "true" && text != "false")
    bad_value("bool", x.text(0));
  x.answer(std::int64_t{text == "true"});
}

// -- times --------------------------------------------------------------------

std::int64_t floor_to(std::int64_t x, std::int64_t unit) {
  return x / unit - (x % unit < 0 ? 1 : 0);
}

std::int64_t timestamp_in_range(std::int64_t micros) {
  constexpr std::int64_t first = -62'135'596'800;
  constexpr std::int64_t end = 253'402'300'800;
  if (micros < first * second || micros >= end * second)
    throw std::runtime_error("Timestamp is out of supported range");
  return micros;
}

std::string render_date(std::int64_t days) {
  constexpr std::int64_t first = -719'162;
  constexpr std::int64_t last = 2'932'896;
  if (days < first || days > last)
    throw std::runtime_error("Date is out of supported range");
  return render_timestamp(days * day).substr(0, 10);
}

std::int64_t read_date(std::string_view x) {
  auto text = canonical_date(x);
  if (!text)
    throw std::runtime_error("Invalid date: '" + std::string{x} + "'");
  return read_timestamp(*text).micros / day;
}

void to_date(call& x) {
  x.answer(render_date(read_date(x.text(0))));
}

void to_timestamp(call& x) {
  auto read = read_timestamp(x.text(0));
  if (read.what != timestamp_reading::verdict::ok
      || !begins_with_date(x.text(0)))
    throw std::runtime_error("Invalid timestamp: '" + std::string{x.text(0)}
                             + "'");
  x.answer(read.micros);
}

void date_of(call& x) {
  x.answer(render_date(floor_to(x.integer(0), day)));
}

void timestamp_of(call& x) {
  x.answer(read_date(x.text(0)) * day);
}

/// Of microseconds, to a multiple of a unit.
void truncate(call& x) {
  x.answer(floor_to(x.integer(0), x.integer(1)) * x.integer(1));
}

void floor_divide(call& x) {
  x.answer(floor_to(x.integer(0), x.integer(1)));
}

/// Of a timestamp, a count and a unit.
void shift(call& x) {
  std::int64_t by = 0;
  std::int64_t result = 0;
  if (__builtin_mul_overflow(x.integer(1), x.integer(2), &by)
      || __builtin_add_overflow(x.integer(0), by, &result))
    throw std::runtime_error("Timestamp is out of supported range");
  x.answer(timestamp_in_range(result));
}

/// Of a count and a unit since 1970.
void from_unix(call& x) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(x.integer(0), x.integer(1), &result))
    throw std::runtime_error("Timestamp is out of supported range");
  x.answer(timestamp_in_range(result));
}

void difference(call& x) {
  x.answer((x.integer(0) - x.integer(1)) / x.integer(2));
}

void shift_date(call& x) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(read_date(x.text(0)), x.integer(1), &result))
    throw std::runtime_error("Date is out of supported range");
  x.answer(render_date(result));
}

void date_difference(call& x) {
  x.answer(read_date(x.text(0)) - read_date(x.text(1)));
}

/// Of the name of a part and a timestamp.
void extract(call& x) {
  namespace c = std::chrono;
  auto part = x.text(0);
  auto micros = x.integer(1);
  auto days = c::sys_days{c::days{floor_to(micros, day)}};
  auto rest = micros - floor_to(micros, day) * day;
  c::year_month_day date{days};
  auto month = static_cast<unsigned>(date.month());
  std::int64_t result = 0;
  if (part == "MICROSECOND")
    result = rest % second;
  else if (part == "MILLISECOND")
    result = rest % second / 1'000;
  else if (part == "SECOND")
    result = rest / second % 60;
  else if (part == "MINUTE")
    result = rest / second / 60 % 60;
  else if (part == "HOUR")
    result = rest / second / 3'600;
  else if (part == "DAY")
    result = static_cast<unsigned>(date.day());
  else if (part == "DAYOFWEEK")
    result = c::weekday{days}.c_encoding() + 1;
  else if (part == "DAYOFYEAR")
    result = (days - c::sys_days{date.year() / 1 / 1}).count() + 1;
  else if (part == "MONTH")
    result = month;
  else if (part == "QUARTER")
    result = (month + 2) / 3;
  else
    result = static_cast<int>(date.year());
  x.answer(result);
}

// -- decimals -----------------------------------------------------------------

/// Compares canonical decimal texts by their size.
int compare_magnitudes(std::string_view a, std::string_view b) {
  auto whole
    = [](std::string_view x) { return std::min(x.find('.'), x.size()); };
  if (whole(a) != whole(b))
    return whole(a) < whole(b) ? -1 : 1;
  return a.compare(b);
}

int compare_decimals(void*, int a_size, const void* a, int b_size,
                     const void* b) {
  std::string_view left{static_cast<const char*>(a),
                        static_cast<std::size_t>(a_size)};
  std::string_view right{static_cast<const char*>(b),
                         static_cast<std::size_t>(b_size)};
  auto negative = left.starts_with('-');
  if (negative != right.starts_with('-'))
    return negative ? -1 : 1;
  return negative ? compare_magnitudes(right.substr(1), left.substr(1))
                  : compare_magnitudes(left, right);
}

struct entry {
  const char* name;
  int count;
  void (*run)(sqlite3_context*, int, sqlite3_value**);
};

constexpr std::array<entry, 45> entries{{
  {"bq_add_integer", 2, invoke<add_integer>},
  {"bq_subtract_integer", 2, invoke<subtract_integer>},
  {"bq_multiply_integer", 2, invoke<multiply_integer>},
  {"bq_negate_integer", 1, invoke<negate_integer>},
  {"bq_absolute_integer", 1, invoke<absolute_integer>},
  {"bq_divide_integer", 2, invoke<divide_integer>},
  {"bq_modulo", 2, invoke<modulo>},
  {"bq_add_float", 2, invoke<add_float>},
  {"bq_subtract_float", 2, invoke<subtract_float>},
  {"bq_multiply_float", 2, invoke<multiply_float>},
  {"bq_divide_float", 2, invoke<divide_float>},
  {"bq_safe_divide", 2, invoke<safe_divide>},
  {"bq_negate_float", 1, invoke<negate_float>},
  {"bq_absolute_float", 1, invoke<absolute_float>},
  {"bq_floor", 1, invoke<floor_float>},
  {"bq_ceil", 1, invoke<ceil_float>},
  {"bq_round", 1, invoke<round_float>},
  {"bq_length", 1, invoke<length>},
  {"bq_lower", 1, invoke<lower>},
  {"bq_upper", 1, invoke<upper>},
  {"bq_substr", 2, invoke<substr>},
  {"bq_substr", 3, invoke<substr>},
  {"bq_starts_with", 2, invoke<starts_with>},
  {"bq_ends_with", 2, invoke<ends_with>},
  {"bq_strpos", 2, invoke<strpos>},
  {"bq_trim", 1, invoke<trim>},
  {"bq_ltrim", 1, invoke<ltrim>},
  {"bq_rtrim", 1, invoke<rtrim>},
  {"bq_like", 2, invoke<like>},
  {"bq_to_integer", 1, invoke<to_integer>},
  {"bq_to_float", 1, invoke<to_float>},
  {"bq_round_to_integer", 1, invoke<round_to_integer>},
  {"bq_to_boolean", 1, invoke<to_boolean>},
  {"bq_to_date", 1, invoke<to_date>},
  {"bq_to_timestamp", 1, invoke<to_timestamp>},
  {"bq_date_of", 1, invoke<date_of>},
  {"bq_timestamp_of", 1, invoke<timestamp_of>},
  {"bq_truncate", 2, invoke<truncate>},
  {"bq_floor_divide", 2, invoke<floor_divide>},
  {"bq_shift", 3, invoke<shift>},
  {"bq_from_unix", 2, invoke<from_unix>},
  {"bq_difference", 3, invoke<difference>},
  {"bq_shift_date", 2, invoke<shift_date>},
  {"bq_date_difference", 2, invoke<date_difference>},
  {"bq_extract", 2, invoke<extract>},
}};

} // namespace

void add_runtime(sqlite3* db) {
  // Not as SQLITE_DETERMINISTIC: SQLite would run `1 / 0` ahead of the CASE
  // that keeps it from running.
  for (auto& x : entries)
    sqlite3_create_function_v2(db, x.name, x.count, SQLITE_UTF8, nullptr, x.run,
                               nullptr, nullptr, nullptr);
  sqlite3_create_collation_v2(db, "decimal", SQLITE_UTF8, nullptr,
                              compare_decimals, nullptr);
}

} // namespace bqs::sandbox::sql
