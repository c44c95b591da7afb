#include <algorithm>
#include <charconv>
#include <iterator>

#include "sandbox/decimals.hpp"
#include "sandbox/sql_functions.hpp"
#include "sandbox/sql_tokens.hpp"
#include "sandbox/sql_translator.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox::sql {

namespace {

value_type plain(column_type x) {
  value_type result;
  result.type = x;
  return result;
}

value_type unknown_type() {
  value_type result;
  result.unknown = true;
  return result;
}

typed make_value(std::string sql, column_type type, position at) {
  typed result;
  result.sql = std::move(sql);
  result.type = plain(type);
  result.at = at;
  return result;
}

typed make_null(position at) {
  typed result;
  result.sql = "NULL";
  result.type = unknown_type();
  result.at = at;
  return result;
}

/// Reads a point in time; no value if the text is none of that type.
std::optional<bound_value> read_time(column_type type, const std::string& text,
                                     position at) {
  std::optional<std::string> canonical;
  if (type == column_type::date) {
    canonical = canonical_date(text);
  } else if (type == column_type::time) {
    canonical = canonical_time(text);
  } else if (type == column_type::datetime) {
    canonical = canonical_datetime(text);
  } else {
    auto read = read_timestamp(text);
    if (read.what == timestamp_reading::verdict::bad_zone)
      throw cannot_run("the time zone " + read.zone, at);
    if (read.what != timestamp_reading::verdict::ok || !begins_with_date(text))
      return std::nullopt;
    return read.micros;
  }
  if (!canonical)
    return std::nullopt;
  return std::move(*canonical);
}

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

std::string joined(const std::vector<typed>& args) {
  std::string result;
  for (auto& x : args)
    result += (result.empty() ? "" : ", ") + x.sql;
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

/// The name of a unit or of a part that stands as an argument.
std::string word_of(const expression& x) {
  return x.what == expression::kind::path && x.path.size() == 1
           ? to_upper(x.path.front())
           : "";
}

} // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && to_upper(a) == to_upper(b);
}

typed combine(const std::vector<typed>& parts, value_type type, std::string sql,
              position at) {
  typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.at = at;
  for (auto& x : parts) {
    result.aggregate = result.aggregate || x.aggregate;
    if (!result.loose)
      result.loose = x.loose;
  }
  return result;
}

typed translator::value(const expression& x, const surroundings& in) {
  auto result = translate(x, in);
  result.at = x.at;
  if (in.keys != nullptr
      && std::find(in.keys->begin(), in.keys->end(), result.sql)
           != in.keys->end())
    result.loose.reset();
  return result;
}

typed translator::translate(const expression& x, const surroundings& in) {
  using kind = expression::kind;
  switch (x.what) {
    case kind::parameter:
      return parameter(x);
    case kind::path:
      return column(x, in);
    case kind::call:
      return call(x, in);
    case kind::cast:
      return cast(x, in);
    case kind::extract:
      return extract(x, in);
    case kind::interval:
      throw cannot_run("INTERVAL here", x.at);
    case kind::subquery: {
      auto sub = inner_query(x, in);
      if (sub.columns.size() != 1)
        throw invalid_query("Scalar subquery cannot have more than one column "
                            "unless using SELECT AS STRUCT to build STRUCT "
                            "values",
                            x.at);
      if (!sub.one_row)
        throw cannot_run("a subquery as a value, unless it is of an aggregate "
                         "function without GROUP BY",
                         x.at);
      return combine({}, sub.columns.front().type, "(" + sub.sql + ")", x.at);
    }
    case kind::exists:
      return make_value("EXISTS (" + inner_query(x, in).sql + ")",
                        column_type::boolean, x.at);
    case kind::in_query:
      return in_query(x, in);
    default:
      return literal(x);
  }
}

typed translator::literal(const expression& x) {
  using kind = expression::kind;
  switch (x.what) {
    case kind::boolean:
      return make_value(x.name, column_type::boolean, x.at);
    case kind::string: {
      auto result = make_value(bind(x.name), column_type::string, x.at);
      result.text = x.name;
      return result;
    }
    case kind::integer: {
      std::string_view text = x.name;
      auto hex = text.find('x') != text.npos || text.find('X') != text.npos;
      std::string digits{text};
      if (hex)
        digits.erase(text.front() == '-' ? 1 : 0, 2);
      std::int64_t value = 0;
      auto end = digits.data() + digits.size();
      auto [last, error]
        = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
      if (error != std::errc{} || last != end)
        throw invalid_query("Invalid integer literal: " + x.name, x.at);
      return make_value(bind(value), column_type::integer, x.at);
    }
    case kind::decimal: {
      auto text = canonical_float(x.name);
      double value = 0;
      if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
      if (!text)
        throw invalid_query("Invalid floating point literal: " + x.name, x.at);
      auto result = make_value(bind(value), column_type::floating, x.at);
      result.text = x.name;
      return result;
    }
    case kind::typed_literal: {
      auto type = read_sql_type(x.name).value_or(column_type::date);
      auto read = read_time(type, x.path.front(), x.at);
      if (!read)
        throw invalid_query("Invalid " + x.name + " literal", x.at);
      return make_value(bind(std::move(*read)), type, x.at);
    }
    default:
      return make_null(x.at);
  }
}

typed translator::parameter(const expression& x) {
  auto& all = context_.parameters;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](auto& p) { return p.name == x.name; });
  if (found == all.end())
    throw invalid_query(x.name.front() == '?'
                          ? "Query parameter number "
                              + std::to_string(std::stoul(x.name.substr(1)) + 1)
                              + " is not defined"
                          : "Query parameter '" + x.name + "' not found",
                        x.at);
  typed result;
  result.type = found->type;
  result.sql = found->value ? bind(*found->value) : "NULL";
  result.text = found->text;
  return result;
}

// -- columns ------------------------------------------------------------------

typed translator::column(const expression& x, const surroundings& in) {
  auto alias = alias_value(x, in);
  if (alias && in.alias_first)
    return *alias;
  auto found = in.names != nullptr ? named_column(x, *in.names) : std::nullopt;
  if (found && alias && found->sql != alias->sql)
    throw cannot_run("a name that is both one of the SELECT list and a column",
                     x.at);
  if (alias)
    return *alias;
  if (found)
    return *found;
  if (word_of(x) == "CURRENT_TIMESTAMP" || word_of(x) == "CURRENT_DATE") {
    expression made;
    made.what = expression::kind::call;
    made.at = x.at;
    made.name = word_of(x);
    return date_function(made, in);
  }
  for (auto around : outer_)
    if (around != nullptr && named_column(x, *around))
      throw cannot_run("a subquery that uses columns of the query around it",
                       x.at);
  if (x.path.front().starts_with('_'))
    throw cannot_run("the pseudo column " + x.path.front(), x.at);
  throw invalid_query("Unrecognized name: " + x.path.front(), x.at);
}

std::optional<typed> translator::alias_value(const expression& x,
                                             const surroundings& in) const {
  if (in.aliases == nullptr || x.path.size() != 1)
    return std::nullopt;
  std::optional<typed> result;
  for (std::size_t i = 0; i < in.aliases->size(); ++i)
    if (same_name((*in.aliases)[i].name, x.path.front())) {
      if (result)
        throw invalid_query("Column name " + x.path.front() + " is ambiguous",
                            x.at);
      result = (*in.alias_values)[i];
      result->text.reset();
    }
  return result;
}

std::optional<typed> translator::named_column(const expression& x,
                                              const scope& names) {
  auto& first = x.path.front();
  std::optional<typed> result;
  auto take = [&](std::optional<typed> found) {
    if (found && result)
      throw invalid_query("Column name " + first + " is ambiguous", x.at);
    if (found)
      result = std::move(found);
  };
  for (auto& shared : names.shared)
    if (same_name(shared.name, first)) {
      if (x.path.size() > 1)
        throw cannot_run("\".\" after a column of USING", x.at);
      typed one = combine({}, shared.type, shared.sql, x.at);
      one.loose = {shared.name, x.at};
      take(std::move(one));
    }
  for (auto& from : names.relations) {
    auto hidden
      = std::any_of(from.shared.begin(), from.shared.end(),
                    [&](auto& name) { return same_name(name, first); });
    if (!hidden)
      take(column_of(from, x, 0));
  }
  for (auto& from : names.relations) {
    if (!same_name(from.alias, first))
      continue;
    if (result && x.path.size() > 1)
      throw cannot_run("a name that is both a table and a column", x.at);
    if (result)
      break; // a column goes before a whole row
    if (x.path.size() == 1)
      throw cannot_run("a whole row as a value", x.at);
    auto found = column_of(from, x, 1);
    if (!found)
      throw invalid_query("Name " + x.path[1] + " not found inside " + first,
                          x.at);
    return found;
  }
  return result;
}

std::optional<typed> translator::column_of(const relation& from,
                                           const expression& x,
                                           std::size_t at) {
  auto known
    = std::find_if(from.columns.begin(), from.columns.end(),
                   [&](auto& c) { return same_name(c.name, x.path[at]); });
  if (known == from.columns.end())
    return std::nullopt;
  if (std::any_of(known + 1, from.columns.end(),
                  [&](auto& c) { return same_name(c.name, x.path[at]); }))
    throw invalid_query("Column name " + x.path[at] + " is ambiguous", x.at);
  auto type = known->type;
  source_column where{{known->name}, type.type, false, false};
  for (auto i = at + 1; i < x.path.size(); ++i) {
    if (type.repeated || type.type != column_type::record)
      throw invalid_query("Cannot access field " + x.path[i]
                            + " on a value with type " + sql_name(type),
                          x.at);
    auto field = type.fields.find(x.path[i]);
    if (field == columns::none)
      throw invalid_query("Field name " + x.path[i] + " does not exist in "
                            + sql_name(type),
                          x.at);
    where.path.push_back(type.fields[field].name);
    auto next = type_of(type.fields[field]);
    type = std::move(next);
  }
  if (from.source == no_source && where.path.size() > 1)
    throw cannot_run("\".\" after a column of a subquery", x.at);
  where.type = type.type;
  where.raw = !is_comparable(type);
  where.repeated = type.repeated;
  auto sql = from.source == no_source
               ? known->sql
               : source_sql(from.source, std::move(where));
  auto result = combine({}, std::move(type), std::move(sql), x.at);
  result.loose = {x.path.back(), x.at};
  return result;
}

std::string translator::source_sql(std::size_t number, source_column x) {
  auto& all = plan_.sources[number].columns;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](auto& c) { return c.path == x.path; });
  auto i = found - all.begin();
  if (found == all.end())
    all.push_back(std::move(x));
  return "t" + std::to_string(number) + ".c" + std::to_string(i);
}

std::string translator::bind(bound_value x) {
  auto& all = plan_.values;
  auto found = std::find(all.begin(), all.end(), x);
  auto i = found - all.begin();
  if (found == all.end())
    all.push_back(std::move(x));
  return "?" + std::to_string(i + 1);
}

// -- types --------------------------------------------------------------------

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

// -- functions and operators --------------------------------------------------

typed translator::call(const expression& x, const surroundings& in) {
  if (is_aggregate(x.name))
    return aggregate(x, in);
  if (x.star || x.distinct)
    throw cannot_run("this call of " + x.name, x.at);
  for (auto prefix : {"TIMESTAMP_", "DATE_", "CURRENT_"})
    if (x.name.starts_with(prefix) && find_functions(x.name).empty())
      return date_function(x, in);
  std::vector<typed> args;
  for (auto& arg : x.args)
    args.push_back(value(*arg, in));
  for (auto name :
       {"=", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "BETWEEN", "IN"})
    if (x.name == name)
      return comparison(x, std::move(args));
  if (x.name == "AND" || x.name == "OR" || x.name == "NOT")
    return logic(x, std::move(args));
  if (x.name.starts_with("IS "))
    return test(x, std::move(args));
  for (auto name : {"COALESCE", "IFNULL", "NULLIF", "GREATEST", "LEAST"})
    if (x.name == name)
      return choice(x, std::move(args));
  if (x.name == "IF" || x.name == "CASE" || x.name == "CASE OF")
    return branches(x, std::move(args));
  if (x.name == "CONCAT" || x.name == "||")
    return concatenation(x, std::move(args));
  if (x.name == "ARRAY_LENGTH" && args.size() == 1 && args[0].type.repeated)
    return combine(args, plain(column_type::integer),
                   "json_array_length(" + args[0].sql + ")", x.at);
  return by_rules(x, std::move(args));
}

typed translator::aggregate(const expression& x, const surroundings& in) {
  if (in.in_aggregate)
    throw invalid_query("Aggregations of aggregations are not allowed", x.at);
  if (!in.clause.empty())
    throw invalid_query("Aggregate function " + x.name + " not allowed in "
                          + std::string{in.clause},
                        x.at);
  auto result = make_value("COUNT(*)", column_type::integer, x.at);
  result.aggregate = true;
  if (x.star) {
    if (x.name != "COUNT" || x.distinct || !x.args.empty())
      throw invalid_query("Argument * can only be used in COUNT(*)", x.at);
    return result;
  }
  if (x.args.size() != 1)
    throw cannot_run(
      x.name + " of " + std::to_string(x.args.size()) + " arguments", x.at);
  auto inside = in;
  inside.in_aggregate = true;
  inside.keys = nullptr;
  auto arg = value(*x.args.front(), inside);
  auto& type = arg.type;
  auto distinct = x.distinct || x.name == "APPROX_COUNT_DISTINCT";
  auto counts = x.name == "COUNT" || x.name == "APPROX_COUNT_DISTINCT";
  auto any = counts && !distinct;
  auto sums = x.name == "SUM" || x.name == "AVG";
  auto logical = x.name == "COUNTIF" || x.name.starts_with("LOGICAL_");
  if ((!any && !is_comparable(type))
      || (sums && !type.is(column_type::integer)
          && !type.is(column_type::floating))
      || (logical && !type.is(column_type::boolean)))
    no_signature(x, {arg});
  auto inner = (distinct ? "DISTINCT " : "") + arg.sql;
  if (any || counts) {
    result.sql = "COUNT(" + inner + ")";
  } else if (x.name == "COUNTIF") {
    if (distinct)
      throw cannot_run("COUNTIF(DISTINCT ...)", x.at);
    result.sql = "COUNT(CASE WHEN " + arg.sql + " THEN 1 END)";
  } else if (x.name == "AVG") {
    result.sql = "AVG(" + inner + ")";
    result.type = plain(column_type::floating);
  } else if (x.name == "SUM") {
    result.sql = "SUM(" + inner + ")";
    result.type = type;
  } else {
    auto max = x.name == "MAX" || x.name == "LOGICAL_OR";
    result.sql = (max ? "MAX(" : "MIN(") + comparable(arg) + ")";
    result.type = type;
  }
  return result;
}

typed translator::comparison(const expression& x, std::vector<typed> args) {
  if (!unify(args))
    no_signature(x, args);
  std::string sql;
  if (x.name == "IN") {
    std::vector<typed> list{args.begin() + 1, args.end()};
    sql = args[0].sql + " IN (" + joined(list) + ")";
  } else if (x.name == "BETWEEN") {
    sql
      = comparable(args[0]) + " BETWEEN " + args[1].sql + " AND " + args[2].sql;
  } else {
    auto op = x.name == "IS DISTINCT FROM" ? "IS NOT" : x.name;
    sql = comparable(args[0]) + " " + op + " " + args[1].sql;
  }
  return combine(args, plain(column_type::boolean), "(" + sql + ")", x.at);
}

typed translator::logic(const expression& x, std::vector<typed> args) {
  for (auto& arg : args) {
    if (!fits(arg, column_type::boolean))
      no_signature(x, args);
    arg = coerce(std::move(arg), column_type::boolean);
  }
  auto sql = x.name == "NOT" ? "NOT " + args[0].sql
                             : args[0].sql + " " + x.name + " " + args[1].sql;
  return combine(args, plain(column_type::boolean), "(" + sql + ")", x.at);
}

typed translator::test(const expression& x, std::vector<typed> args) {
  if (args[0].type.repeated)
    throw cannot_run("IS NULL of an array", x.at);
  if (x.name != "IS NULL" && !fits(args[0], column_type::boolean))
    no_signature(x, args);
  return combine(args, plain(column_type::boolean),
                 "(" + args[0].sql + " " + x.name + ")", x.at);
}

typed translator::choice(const expression& x, std::vector<typed> args) {
  auto pair = x.name == "IFNULL" || x.name == "NULLIF";
  if (args.empty() || (pair && args.size() != 2))
    throw invalid_query(
      "Number of arguments does not match for function " + x.name, x.at);
  if (!unify(args))
    no_signature(x, args);
  auto type = args[0].type;
  if (args.size() == 1)
    return combine(args, type, args[0].sql, x.at);
  auto name = x.name == "GREATEST" ? "max" : x.name == "LEAST" ? "min" : x.name;
  std::string list = joined(args);
  if (name == "max" || name == "min")
    list = comparable(args[0]) + list.substr(args[0].sql.size());
  return combine(args, type, name + "(" + list + ")", x.at);
}

typed translator::branches(const expression& x, std::vector<typed> args) {
  if (x.name == "IF" && args.size() != 3)
    throw invalid_query("Number of arguments does not match for function IF",
                        x.at);
  auto has_subject = x.name == "CASE OF";
  auto from = has_subject ? 1u : 0u;
  std::vector<typed> conditions;
  std::vector<typed> values;
  for (std::size_t i = from; i < args.size(); ++i)
    ((i - from) % 2 == 0 && i + 1 < args.size() ? conditions : values)
      .push_back(args[i]);
  if (has_subject) {
    conditions.insert(conditions.begin(), args[0]);
    if (!unify(conditions))
      no_signature(x, conditions);
    auto subject = conditions.front();
    conditions.erase(conditions.begin());
    for (auto& each : conditions)
      each = combine({subject, each}, plain(column_type::boolean),
                     "(" + subject.sql + " = " + each.sql + ")", each.at);
  }
  if (!unify(values))
    no_signature(x, values);
  std::string sql = "CASE";
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (!fits(conditions[i], column_type::boolean))
      no_signature(x, conditions);
    sql += " WHEN " + conditions[i].sql + " THEN " + values[i].sql;
  }
  if (values.size() > conditions.size())
    sql += " ELSE " + values.back().sql;
  return combine(args, values.front().type, "(" + sql + " END)", x.at);
}

typed translator::concatenation(const expression& x, std::vector<typed> args) {
  std::string sql;
  for (auto& arg : args) {
    auto number = x.name == "CONCAT" && arg.type.is(column_type::integer);
    if (!fits(arg, column_type::string) && !number)
      no_signature(x, args);
    sql += (sql.empty() ? "" : " || ")
           + (number ? "CAST(" + arg.sql + " AS TEXT)" : arg.sql);
  }
  if (args.empty())
    throw invalid_query("Number of arguments does not match for function "
                        "CONCAT",
                        x.at);
  return combine(args, plain(column_type::string), "(" + sql + ")", x.at);
}

typed translator::by_rules(const expression& x, std::vector<typed> args) {
  auto rules = find_functions(x.name);
  if (rules.empty())
    throw cannot_run("the function " + x.name, x.at);
  std::erase_if(rules, [&](auto r) { return r->count != args.size(); });
  if (rules.empty())
    throw cannot_run(
      x.name + " with " + std::to_string(args.size()) + " arguments", x.at);
  auto takes = [&](const function_rule& r, bool exactly) {
    for (std::size_t i = 0; i < args.size(); ++i) {
      auto to = r.parameters[i];
      auto& type = args[i].type;
      if (exactly ? !type.unknown && !type.is(to) : !fits(args[i], to))
        return false;
    }
    return true;
  };
  for (auto exactly : {true, false})
    for (auto rule : rules)
      if (takes(*rule, exactly)) {
        for (std::size_t i = 0; i < args.size(); ++i)
          args[i] = coerce(std::move(args[i]), rule->parameters[i]);
        return combine(args, plain(rule->result),
                       std::string{rule->runtime} + "(" + joined(args)
                         + std::string{rule->extra} + ")",
                       x.at);
      }
  no_signature(x, args);
}

// -- times --------------------------------------------------------------------

typed translator::date_function(const expression& x, const surroundings& in) {
  auto unsupported
    = [&](const std::string& what) { return cannot_run(x.name + what, x.at); };
  if (x.name.starts_with("CURRENT_")) {
    auto date = x.name == "CURRENT_DATE";
    if (!x.args.empty() || (!date && x.name != "CURRENT_TIMESTAMP"))
      throw unsupported(x.args.empty() ? "" : " with a time zone");
    if (date)
      return make_value(bind(render_timestamp(context_.now).substr(0, 10)),
                        column_type::date, x.at);
    return make_value(bind(context_.now), column_type::timestamp, x.at);
  }
  auto of_date = x.name.starts_with("DATE_");
  auto what = x.name.substr(x.name.find('_') + 1);
  auto type = of_date ? column_type::date : column_type::timestamp;
  auto count = what == "DIFF" ? 3u : 2u;
  if ((what != "ADD" && what != "SUB" && what != "DIFF"
       && (what != "TRUNC" || of_date))
      || x.args.size() != count)
    throw unsupported("");
  std::vector<typed> args{value(*x.args[0], in)};
  auto& last = *x.args.back();
  auto unit = word_of(last);
  if (what == "DIFF") {
    args.push_back(value(*x.args[1], in));
  } else if (what != "TRUNC") {
    if (last.what != expression::kind::interval)
      throw unsupported(" without INTERVAL");
    args.push_back(value(*last.args[0], in));
    if (!args[1].type.is(column_type::integer))
      no_signature(x, args);
    unit = last.name;
  }
  for (std::size_t i = 0; i < args.size(); ++i)
    if (what == "DIFF" || i == 0) {
      if (!fits(args[i], type))
        no_signature(x, args);
      args[i] = coerce(std::move(args[i]), type);
    }
  auto micros = unit_micros(unit);
  if (micros == 0 || (of_date && unit != "DAY"))
    throw unsupported(" by " + (unit.empty() ? "this" : unit));
  auto sign = what == "SUB" ? "-" : "";
  auto number = std::to_string(micros);
  if (of_date && what == "DIFF")
    return combine(args, plain(column_type::integer),
                   "bq_date_difference(" + joined(args) + ")", x.at);
  if (of_date)
    return combine(args, plain(type),
                   "bq_shift_date(" + args[0].sql + ", "
                     + (what == "SUB" ? "bq_negate_integer(" + args[1].sql + ")"
                                      : args[1].sql)
                     + ")",
                   x.at);
  if (what == "DIFF")
    return combine(args, plain(column_type::integer),
                   "bq_difference(" + joined(args) + ", " + number + ")", x.at);
  return combine(args, plain(type),
                 (what == "TRUNC" ? "bq_truncate(" : "bq_shift(") + joined(args)
                   + ", " + sign + number + ")",
                 x.at);
}

typed translator::extract(const expression& x, const surroundings& in) {
  std::vector<typed> args{value(*x.args[0], in)};
  auto of_date = args[0].type.is(column_type::date);
  if (!of_date && !args[0].type.is(column_type::timestamp))
    throw cannot_run("EXTRACT from " + sql_name(args[0].type), x.at);
  if (x.name == "DATE" && !of_date)
    return combine(args, plain(column_type::date),
                   "bq_date_of(" + args[0].sql + ")", x.at);
  if (!is_part(x.name, of_date))
    throw cannot_run("EXTRACT of " + x.name, x.at);
  auto from = of_date ? "bq_timestamp_of(" + args[0].sql + ")" : args[0].sql;
  return combine(args, plain(column_type::integer),
                 "bq_extract('" + x.name + "', " + from + ")", x.at);
}

// -- the rest -----------------------------------------------------------------

typed translator::cast(const expression& x, const surroundings& in) {
  auto to = read_sql_type(x.name);
  if (!to)
    throw cannot_run("CAST to " + x.name, x.at);
  std::vector<typed> args{value(*x.args[0], in)};
  auto& arg = args[0];
  if (arg.type.unknown || arg.type.is(*to)) {
    arg.type = plain(*to);
    arg.text.reset();
    return arg;
  }
  using enum column_type;
  struct {
    column_type from;
    column_type to;
    const char* before;
    const char* after;
  } ways[] = {
    {integer, floating, "CAST(", " AS REAL)"},
    {integer, string, "CAST(", " AS TEXT)"},
    {integer, boolean, "(", " != 0)"},
    {boolean, integer, "(", ")"},
    {boolean, string, "(CASE ", " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"},
    {floating, integer, "bq_round_to_integer(", ")"},
    {string, integer, "bq_to_integer(", ")"},
    {string, floating, "bq_to_float(", ")"},
    {string, boolean, "bq_to_boolean(", ")"},
    {string, date, "bq_to_date(", ")"},
    {string, timestamp, "bq_to_timestamp(", ")"},
    {date, string, "(", ")"},
    {date, timestamp, "bq_timestamp_of(", ")"},
    {timestamp, date, "bq_date_of(", ")"},
  };
  for (auto& way : ways)
    if (arg.type.is(way.from) && *to == way.to)
      return combine(args, plain(*to), way.before + arg.sql + way.after, x.at);
  throw cannot_run("CAST of " + sql_name(arg.type) + " to " + x.name, x.at);
}

translator::translated translator::inner_query(const expression& x,
                                               const surroundings& in) {
  outer_.push_back(in.names);
  auto result = query_of(*x.sub);
  outer_.pop_back();
  return result;
}

typed translator::in_query(const expression& x, const surroundings& in) {
  auto sub = inner_query(x, in);
  if (sub.columns.size() != 1)
    throw invalid_query("Subquery of type IN must have only one output column",
                        x.at);
  auto& type = sub.columns.front().type;
  auto left = value(*x.args[0], in);
  if (!is_comparable(type) || type.unknown || !fits(left, type.type))
    throw cannot_run("IN of " + sql_name(left.type) + " and " + sql_name(type),
                     x.at);
  left = coerce(std::move(left), type.type);
  return combine({left}, plain(column_type::boolean),
                 "(" + left.sql + " IN (" + sub.sql + "))", x.at);
}

} // namespace bqs::sandbox::sql
