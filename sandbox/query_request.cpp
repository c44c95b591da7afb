#include "sandbox/query_request.hpp"

#include <charconv>

#include "sandbox/decimals.hpp"
#include "sandbox/lower.hpp"
#include "sandbox/query_errors.hpp"
#include "sandbox/sql_tokens.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

const json& member(const json& from, const char* name) {
  static const json none;
  auto i = from.is_object() ? from.find(name) : from.end();
  return from.is_object() && i != from.end() ? *i : none;
}

refusal bad_parameter(const std::string& name, const std::string& what) {
  return sql::invalid_query("Invalid value for query parameter " + name + ": "
                            + what);
}

/// Reads a value as SQLite gets it; no value if it is none of that type.
std::optional<sql::bound_value> read_value(column_type type,
                                           const std::string& text) {
  auto number = [&](const std::optional<std::string>& digits, auto value) {
    std::optional<sql::bound_value> result;
    if (!digits || digits->front() == '"')
      return result;
    std::from_chars(digits->data(), digits->data() + digits->size(), value);
    result = value;
    return result;
  };
  switch (type) {
    case column_type::integer:
      return number(canonical_integer(text, false), std::int64_t{});
    case column_type::floating:
      return number(canonical_float(text), double{});
    case column_type::string:
      return text;
    case column_type::boolean:
      if (lower(text) == "true")
        return std::int64_t{1};
      if (lower(text) == "false")
        return std::int64_t{0};
      return std::nullopt;
    case column_type::date:
      return canonical_date(text);
    case column_type::time:
      return canonical_time(text);
    case column_type::datetime:
      return canonical_datetime(text);
    case column_type::timestamp: {
      auto read = read_timestamp(text);
      if (read.what != timestamp_reading::verdict::ok
          || !begins_with_date(text))
        return std::nullopt;
      return read.micros;
    }
    default:
      return std::nullopt;
  }
}

sql::query_parameter read_parameter(const json& from, std::size_t index) {
  sql::query_parameter result;
  result.name = lower(string_in(from, "name"));
  auto shown = result.name;
  if (result.name.empty()) {
    result.name = "?" + std::to_string(index);
    shown = std::to_string(index + 1);
  }
  auto word = sql::to_upper(string_in(member(from, "parameterType"), "type"));
  auto type = sql::read_sql_type(word);
  if (!type)
    throw sql::invalid_query("The sandbox cannot run queries with parameters "
                             "of type "
                             + (word.empty() ? "none" : word));
  result.type.type = *type;
  auto& value = member(member(from, "parameterValue"), "value");
  if (value.is_null())
    return result;
  auto text = value.is_string() ? value.get<std::string>() : value.dump();
  result.value = read_value(*type, text);
  if (!result.value)
    throw bad_parameter(shown, "not of type " + word);
  if (*type == column_type::string)
    result.text = text;
  return result;
}

/// What would change the answer must not be passed over in silence.
void check_supported(const json& from) {
  for (auto name : {"destinationTable", "tableDefinitions",
                    "userDefinedFunctionResources", "connectionProperties",
                    "systemVariables", "createSession", "scriptOptions",
                    "rangePartitioning", "timePartitioning", "clustering"}) {
    auto& x = member(from, name);
    if (!x.is_null() && !x.empty() && x != json(false))
      throw sql::invalid_query(std::string{"The sandbox cannot run queries "
                                           "with "}
                               + name);
  }
}

bool is_legacy(const json& from, const std::string& text) {
  auto first = lower(text.substr(0, text.find('\n')));
  if (first.starts_with("#standardsql"))
    return false;
  auto& flag = member(from, "useLegacySql");
  // The service's default, too.
  return first.starts_with("#legacysql") || flag.is_null() || flag == json(true)
         || flag == json("true");
}

} // namespace

std::string string_in(const json& from, const char* name,
                      std::string fallback) {
  auto& x = member(from, name);
  return x.is_string() ? x.get<std::string>() : fallback;
}

query_request query_request::read(const json& from,
                                  const std::string& project) {
  query_request result;
  result.text = string_in(from, "query");
  if (result.text.empty())
    throw refusal{400, "required", "Required parameter is missing: query",
                  {},  "query",    "parameter"};
  if (is_legacy(from, result.text))
    throw sql::invalid_query("The sandbox cannot run legacy SQL: set "
                             "useLegacySql to false");
  check_supported(from);
  auto& context = result.context;
  auto& dataset = member(from, "defaultDataset");
  context.project = string_in(dataset, "projectId", project);
  context.default_dataset = string_in(dataset, "datasetId");
  context.location = string_in(from, "location", "US");
  auto& parameters = member(from, "queryParameters");
  if (!parameters.is_null() && !parameters.is_array())
    throw invalid_value("Invalid value at 'query_parameters': not a list.");
  for (auto& each : parameters)
    if (!each.is_object())
      throw invalid_value("Invalid value at 'query_parameters': want objects.");
  if (parameters.is_array())
    for (std::size_t i = 0; i < parameters.size(); ++i)
      context.parameters.push_back(read_parameter(parameters[i], i));
  return result;
}

} // namespace bqs::sandbox
