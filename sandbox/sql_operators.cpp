#include <utility>

#include "sandbox/sql_functions.hpp"
#include "sandbox/sql_translator.hpp"
#include "sandbox/sql_values.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox::sql {

namespace {

std::string joined(const std::vector<typed>& args) {
  std::string result;
  for (auto& x : args)
    result += (result.empty() ? "" : ", ") + x.sql;
  return result;
}

} // namespace

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
