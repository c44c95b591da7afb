#include "sandbox/sql_functions.hpp"

#include <algorithm>

namespace bqs::sandbox::sql {

namespace {

using enum column_type;

constexpr std::array<function_rule, 37> rules{{
  {"LENGTH", "bq_length", "", integer, 1, {string}},
  {"CHAR_LENGTH", "bq_length", "", integer, 1, {string}},
  {"CHARACTER_LENGTH", "bq_length", "", integer, 1, {string}},
  {"LOWER", "bq_lower", "", string, 1, {string}},
  {"UPPER", "bq_upper", "", string, 1, {string}},
  {"SUBSTR", "bq_substr", "", string, 2, {string, integer}},
  {"SUBSTR", "bq_substr", "", string, 3, {string, integer, integer}},
  {"SUBSTRING", "bq_substr", "", string, 2, {string, integer}},
  {"SUBSTRING", "bq_substr", "", string, 3, {string, integer, integer}},
  {"STARTS_WITH", "bq_starts_with", "", boolean, 2, {string, string}},
  {"ENDS_WITH", "bq_ends_with", "", boolean, 2, {string, string}},
  {"STRPOS", "bq_strpos", "", integer, 2, {string, string}},
  {"TRIM", "bq_trim", "", string, 1, {string}},
  {"LTRIM", "bq_ltrim", "", string, 1, {string}},
  {"RTRIM", "bq_rtrim", "", string, 1, {string}},
  {"ABS", "bq_absolute_integer", "", integer, 1, {integer}},
  {"ABS", "bq_absolute_float", "", floating, 1, {floating}},
  {"DIV", "bq_divide_integer", "", integer, 2, {integer, integer}},
  {"MOD", "bq_modulo", "", integer, 2, {integer, integer}},
  {"SAFE_DIVIDE", "bq_safe_divide", "", floating, 2, {floating, floating}},
  {"FLOOR", "bq_floor", "", floating, 1, {floating}},
  {"CEIL", "bq_ceil", "", floating, 1, {floating}},
  {"CEILING", "bq_ceil", "", floating, 1, {floating}},
  {"ROUND", "bq_round", "", floating, 1, {floating}},
  {"DATE", "bq_date_of", "", date, 1, {timestamp}},
  {"TIMESTAMP", "bq_timestamp_of", "", timestamp, 1, {date}},
  {"TIMESTAMP", "bq_to_timestamp", "", timestamp, 1, {string}},
  {"UNIX_SECONDS", "bq_floor_divide", ", 1000000", integer, 1, {timestamp}},
  {"UNIX_MILLIS", "bq_floor_divide", ", 1000", integer, 1, {timestamp}},
  {"UNIX_MICROS", "bq_floor_divide", ", 1", integer, 1, {timestamp}},
  {"TIMESTAMP_SECONDS", "bq_from_unix", ", 1000000", timestamp, 1, {integer}},
  {"TIMESTAMP_MILLIS", "bq_from_unix", ", 1000", timestamp, 1, {integer}},
  {"TIMESTAMP_MICROS", "bq_from_unix", ", 1", timestamp, 1, {integer}},
  // Arithmetic; the division is always one of FLOAT64.
  {"/", "bq_divide_float", "", floating, 2, {floating, floating}},
  {"LIKE", "bq_like", "", boolean, 2, {string, string}},
  {"NEGATIVE", "bq_negate_integer", "", integer, 1, {integer}},
  {"NEGATIVE", "bq_negate_float", "", floating, 1, {floating}},
}};

constexpr std::array<function_rule, 8> sums{{
  {"+", "bq_add_integer", "", integer, 2, {integer, integer}},
  {"+", "bq_add_float", "", floating, 2, {floating, floating}},
  {"-", "bq_subtract_integer", "", integer, 2, {integer, integer}},
  {"-", "bq_subtract_float", "", floating, 2, {floating, floating}},
  {"*", "bq_multiply_integer", "", integer, 2, {integer, integer}},
  {"*", "bq_multiply_float", "", floating, 2, {floating, floating}},
  {"POSITIVE", "", "", integer, 1, {integer}},
  {"POSITIVE", "", "", floating, 1, {floating}},
}};

constexpr std::array<std::string_view, 10> aggregates{
  "COUNT", "COUNTIF",   "SUM",         "AVG",        "MIN",
  "MAX",   "ANY_VALUE", "LOGICAL_AND", "LOGICAL_OR", "APPROX_COUNT_DISTINCT"};

struct unit {
  std::string_view name;
  long long micros;
};

constexpr std::array<unit, 6> units{{
  {"MICROSECOND", 1},
  {"MILLISECOND", 1'000},
  {"SECOND", 1'000'000},
  {"MINUTE", 60'000'000},
  {"HOUR", 3'600'000'000},
  {"DAY", 86'400'000'000},
}};

constexpr std::array<std::string_view, 6> date_parts{
  "DAY", "DAYOFWEEK", "DAYOFYEAR", "MONTH", "QUARTER", "YEAR"};

} // namespace

std::vector<const function_rule*> find_functions(std::string_view name) {
  std::vector<const function_rule*> result;
  auto look = [&](auto& list) {
    for (auto& x : list)
      if (x.name == name)
        result.push_back(&x);
  };
  look(rules);
  look(sums);
  return result;
}

bool is_aggregate(std::string_view name) {
  return std::find(aggregates.begin(), aggregates.end(), name)
         != aggregates.end();
}

long long unit_micros(std::string_view upper) {
  auto i = std::find_if(units.begin(), units.end(),
                        [&](auto& x) { return x.name == upper; });
  return i == units.end() ? 0 : i->micros;
}

bool is_part(std::string_view upper, bool of_date) {
  return std::find(date_parts.begin(), date_parts.end(), upper)
           != date_parts.end()
         || (!of_date && unit_micros(upper) > 0);
}

} // namespace bqs::sandbox::sql
