#include "sandbox/sql_types.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace bqs::sandbox::sql {

namespace {

struct type_word {
  std::string_view word;
  column_type type;
};

constexpr std::array<type_word, 13> type_words{{
  {"INT64", column_type::integer},
  {"INT", column_type::integer},
  {"INTEGER", column_type::integer},
  {"BIGINT", column_type::integer},
  {"SMALLINT", column_type::integer},
  {"FLOAT64", column_type::floating},
  {"STRING", column_type::string},
  {"BOOL", column_type::boolean},
  {"BOOLEAN", column_type::boolean},
  {"DATE", column_type::date},
  {"TIME", column_type::time},
  {"DATETIME", column_type::datetime},
  {"TIMESTAMP", column_type::timestamp},
}};

} // namespace

value_type type_of(const column& x) {
  return {x.type, x.mode == column_mode::repeated, x.fields, x.element, false};
}

std::string_view sql_name(column_type x) {
  switch (x) {
    case column_type::integer:
      return "INT64";
    case column_type::floating:
      return "FLOAT64";
    case column_type::boolean:
      return "BOOL";
    case column_type::record:
      return "STRUCT";
    default:
      return sandbox::to_string(x);
  }
}

std::string sql_name(const value_type& x) {
  std::string result;
  if (x.type == column_type::record) {
    for (std::size_t i = 0; i < x.fields.size(); ++i)
      result += (i > 0 ? ", " : "") + x.fields[i].name + " "
                + sql_name(type_of(x.fields[i]));
    result = "STRUCT<" + result + ">";
  } else if (x.type == column_type::range) {
    result = "RANGE<" + std::string{sql_name(x.element)} + ">";
  } else {
    result = sql_name(x.type);
  }
  return x.repeated ? "ARRAY<" + result + ">" : result;
}

std::optional<column_type> read_sql_type(std::string_view upper) {
  auto i = std::find_if(type_words.begin(), type_words.end(),
                        [&](auto& x) { return x.word == upper; });
  if (i == type_words.end())
    return std::nullopt;
  return i->type;
}

nlohmann::ordered_json schema_field(const std::string& name,
                                    const value_type& x) {
  nlohmann::ordered_json result{{"name", name},
                                {"type", sandbox::to_string(x.type)},
                                {"mode", x.repeated ? "REPEATED" : "NULLABLE"}};
  if (x.type == column_type::range)
    result["rangeElementType"]["type"] = sandbox::to_string(x.element);
  if (x.type == column_type::record) {
    auto& fields = result["fields"] = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < x.fields.size(); ++i)
      fields.push_back(schema_field(x.fields[i].name, type_of(x.fields[i])));
  }
  return result;
}

bool is_comparable(const value_type& x) {
  if (x.unknown)
    return true;
  if (x.repeated)
    return false;
  switch (x.type) {
    case column_type::string:
    case column_type::integer:
    case column_type::floating:
    case column_type::numeric:
    case column_type::bignumeric:
    case column_type::boolean:
    case column_type::date:
    case column_type::time:
    case column_type::datetime:
    case column_type::timestamp:
      return true;
    default:
      return false;
  }
}

std::string comparable(const typed& x) {
  if (x.type.is(column_type::numeric) || x.type.is(column_type::bignumeric))
    return x.sql + " COLLATE decimal";
  return x.sql;
}

} // namespace bqs::sandbox::sql
