#include "app/demo_rows.hpp"

#include <initializer_list>

#include <nlohmann/json.hpp>

#include "app/report.hpp"

namespace bqs::app {

namespace {

using nlohmann::ordered_json;

struct field {
  const char* name;
  const char* type;
  const char* mode;
};

std::string schema(std::initializer_list<field> fields) {
  auto result = ordered_json::array();
  for (auto& x : fields)
    result.push_back({{"name", x.name}, {"type", x.type}, {"mode", x.mode}});
  return to_line(result);
}

} // namespace

std::string packages_schema() {
  return schema({{"name", "STRING", "REQUIRED"},
                 {"version", "STRING", "REQUIRED"},
                 {"architecture", "STRING", "NULLABLE"},
                 {"section", "STRING", "NULLABLE"},
                 {"installed_kib", "INTEGER", "NULLABLE"},
                 {"maintainer", "STRING", "NULLABLE"},
                 {"description", "STRING", "NULLABLE"}});
}

std::string dependencies_schema() {
  return schema(
    {{"package", "STRING", "REQUIRED"}, {"needs", "STRING", "REQUIRED"}});
}

std::string package_row(const package& x) {
  ordered_json row;
  row["name"] = x.name;
  row["version"] = x.version;
  row["architecture"] = x.architecture;
  row["section"] = x.section;
  row["installed_kib"] = x.installed_size;
  row["maintainer"] = x.maintainer;
  row["description"] = x.description;
  return to_line(row);
}

std::vector<std::string> dependency_rows(const package& x) {
  std::vector<std::string> result;
  for (auto& needed : x.depends)
    result.push_back(
      to_line(ordered_json{{"package", x.name}, {"needs", needed}}));
  return result;
}

std::vector<broken_row> broken_rows() {
  return {
    {R"({"name":"broken-1","version":"1","colour":"red"})",
     "a field that the table does not have"},
    {R"({"name":"broken-2","version":"1","installed_kib":"huge"})",
     "a text where an integer belongs"},
    {R"({"name":"broken-3"})", "a required field is missing"},
    {R"({"name":"broken-4","version":)", "not JSON"},
    {R"(["broken-5","1"])", "JSON, but no object"},
  };
}

} // namespace bqs::app
