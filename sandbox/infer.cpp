#include "sandbox/infer.hpp"

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

namespace {

using nlohmann::ordered_json;

void infer_type(const tape::view& x, ordered_json& field) {
  switch (x.kind()) {
    case json_kind::no:
    case json_kind::yes:
      field["type"] = "BOOLEAN";
      break;
    case json_kind::integer:
      field["type"] = "INTEGER";
      break;
    case json_kind::decimal:
      field["type"] = "FLOAT";
      break;
    case json_kind::object:
      field["type"] = "RECORD";
      field["fields"] = infer_schema(x);
      break;
    default:
      field["type"] = "STRING";
  }
}

} // namespace

ordered_json infer_schema(const tape::view& row) {
  auto result = ordered_json::array();
  row.each_member([&](std::string_view name, tape::view value) {
    ordered_json field{{"name", name}};
    if (value.is(json_kind::array)) {
      field["type"] = "STRING"; // of an empty one
      auto first = true;
      value.each_element([&](tape::view element) {
        if (first)
          infer_type(element, field);
        first = false;
      });
      field["mode"] = "REPEATED";
    } else {
      infer_type(value, field);
    }
    result.push_back(std::move(field));
  });
  return result;
}

} // namespace bqs::sandbox
