#include "sandbox/resource_checks.hpp"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

refusal bad_value(const char* kind, const std::string& name,
                  const char* wanted) {
  return invalid_value(std::string{"Invalid value at '"} + kind + "." + name
                       + "' (" + wanted + ")");
}

void check_labels(const json& labels, const char* kind) {
  for (auto& [key, value] : labels.items())
    if (!value.is_string() && !value.is_null()) // a patch removes by null
      throw bad_value(kind, "labels[" + key + "]", "TYPE_STRING");
}

} // namespace

void check_members(const json& body, const char* kind) {
  for (auto& [name, value] : body.items()) {
    if (value.is_null())
      continue;
    if (name == "labels" && !value.is_object())
      throw bad_value(kind, name, "a map of strings");
    if (name == "labels")
      check_labels(value, kind);
    if (name == "access" && !value.is_array())
      throw bad_value(kind, name, "a list");
    if ((name == "location" || name == "description" || name == "friendlyName")
        && !value.is_string())
      throw bad_value(kind, name, "TYPE_STRING");
  }
}

void check_reference(const json& body, const char* reference,
                     const table_name& at) {
  auto i = body.find(reference);
  if (i == body.end() || i->is_null())
    return;
  if (!i->is_object())
    throw invalid_value(std::string{"Invalid value at '"} + reference + "'.");
  for (auto& [name, value] : i->items()) {
    auto& wanted = name == "projectId"   ? at.project
                   : name == "datasetId" ? at.dataset
                                         : at.table;
    if (value.is_null() || wanted.empty())
      continue;
    auto same = value == wanted
                || (name == "projectId" && value == project_number(at.project));
    if (!same)
      throw invalid("Value '" + wanted + "' in the request does not agree with "
                    + value.dump(-1, ' ', false, json::error_handler_t::replace)
                    + " in " + reference + "." + name + ".");
  }
}

void check_is_plain_table(const json& body) {
  for (auto name : {"view", "materializedView", "externalDataConfiguration",
                    "snapshotDefinition", "cloneDefinition"})
    if (auto i = body.find(name); i != body.end() && !i->is_null())
      throw refusal{501,
                    "notImplemented",
                    std::string{"The sandbox has ordinary tables only, and "
                                "none with "}
                      + name + ".",
                    {},
                    {},
                    {}};
}

} // namespace bqs::sandbox
