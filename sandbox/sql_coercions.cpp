// What types values have in common, and how one becomes another.

#include <algorithm>
#include <optional>
#include <utility>

#include "sandbox/decimals.hpp"
#include "sandbox/sql_translator.hpp"
#include "sandbox/sql_values.hpp"

namespace bqs::sandbox::sql {

namespace {

bool is_time(column_type x) {
  return x == column_type::date || x == column_type::time
         || x == column_type::datetime || x == column_type::timestamp;
}

bool is_decimal(column_type x) {
  return x == column_type::numeric || x == column_type::bignumeric;
}

/// The type that values of both can become, if there is one.
std::optional<column_type> common_type(column_type a, column_type b) {
  if (a == b)
    return a;
  if (b == column_type::integer)
    std::swap(a, b);
  if (a == column_type::integer
      && (b == column_type::floating || is_decimal(b)))
    return b;
  if (is_decimal(a) && is_decimal(b))
    return column_type::bignumeric;
  return std::nullopt;
}

/// Whether it is sure that the service refuses what does not fit here.
bool is_basic(const value_type& x) {
  return x.unknown
         || (!x.repeated
             && (x.type == column_type::integer
                 || x.type == column_type::floating
                 || x.type == column_type::string
                 || x.type == column_type::boolean));
}

std::string type_list(const std::vector<typed>& args) {
  std::string result;
  for (auto& x : args)
    result += (result.empty() ? "" : ", ") + sql_name(x.type);
  return result;
}

std::string display(const std::string& name) {
  auto letter = name.front() >= 'A' && name.front() <= 'Z';
  auto function = letter && name != "LIKE" && name != "IN" && name != "AND"
                  && name != "OR" && name != "NOT" && name != "BETWEEN";
  if (name == "NEGATIVE")
    return "operator -";
  return (function ? "function " : "operator ") + name;
}

} // namespace

bool translator::fits(const typed& x, column_type to) const {
  auto& from = x.type;
  if (from.unknown)
    return true;
  if (from.repeated)
    return false;
  if (from.type == to)
    return true;
  if (from.type == column_type::integer)
    return to == column_type::floating || is_decimal(to);
  if (from.type == column_type::numeric)
    return to == column_type::bignumeric;
  return x.text
         && ((from.type == column_type::string && is_time(to))
             || (from.type == column_type::floating && is_decimal(to)));
}

typed translator::coerce(typed x, column_type to) {
  auto from = x.type;
  x.type = plain(to);
  if (from.unknown || from.type == to)
    return x;
  if (from.type == column_type::string) {
    auto read = read_time(to, *x.text, x.at);
    if (!read)
      throw invalid_query("Could not cast literal \"" + *x.text + "\" to type "
                            + std::string{sql_name(to)},
                          x.at);
    x.sql = x.sql == "NULL" ? x.sql : bind(std::move(*read));
  } else if (to == column_type::floating) {
    x.sql = "CAST(" + x.sql + " AS REAL)";
  } else if (from.type == column_type::integer) {
    x.sql = "CAST(" + x.sql + " AS TEXT)";
  } else if (from.type == column_type::floating) {
    auto read = to == column_type::numeric ? canonical_numeric(*x.text)
                                           : canonical_bignumeric(*x.text);
    if (!read)
      throw cannot_run("this comparison of NUMERIC and FLOAT64", x.at);
    x.sql = bind(std::move(*read));
  }
  x.text.reset();
  return x;
}

bool translator::unify(std::vector<typed>& all) {
  auto target_of = [&](bool with_literals) -> std::optional<column_type> {
    std::optional<column_type> result;
    for (auto& x : all) {
      if (x.type.unknown || (x.text && !with_literals))
        continue;
      result = result ? common_type(*result, x.type.type) : x.type.type;
      if (!result || x.type.repeated)
        return std::nullopt;
    }
    return result;
  };
  if (std::all_of(all.begin(), all.end(),
                  [](auto& x) { return x.type.unknown; }))
    return true;
  for (auto with_literals : {false, true}) {
    auto target = target_of(with_literals);
    if (!target || !is_comparable(plain(*target))
        || !std::all_of(all.begin(), all.end(),
                        [&](auto& x) { return fits(x, *target); }))
      continue;
    for (auto& x : all)
      x = coerce(std::move(x), *target);
    return true;
  }
  return false;
}

void translator::no_signature(const expression& x,
                              const std::vector<typed>& args) const {
  auto name = display(x.name);
  if (!std::all_of(args.begin(), args.end(),
                   [](auto& a) { return is_basic(a.type); }))
    throw cannot_run(name + " on " + type_list(args), x.at);
  throw invalid_query("No matching signature for " + name
                        + " for argument types: " + type_list(args),
                      x.at);
}

} // namespace bqs::sandbox::sql
