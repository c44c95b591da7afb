#include <algorithm>
#include <charconv>

#include "sandbox/decimals.hpp"
#include "sandbox/sql_translator.hpp"
#include "sandbox/sql_values.hpp"

namespace bqs::sandbox::sql {

namespace {

value_type unknown_type() {
  value_type result;
  result.unknown = true;
  return result;
}

typed make_null(position at) {
  typed result;
  result.sql = "NULL";
  result.type = unknown_type();
  result.at = at;
  return result;
}

} // namespace

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
      auto digits = x.name;
      auto hex = digits.find_first_of("xX") != std::string::npos;
      if (hex)
        digits.erase(digits.front() == '-' ? 1 : 0, 2);
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

} // namespace bqs::sandbox::sql
