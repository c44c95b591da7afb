#include "sandbox/routes.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace bqs::sandbox {

namespace {

struct entry {
  api_method method;
  std::string_view name;
  std::string_view verb;
  /// P, D and T stand for names.
  std::string_view path;
};

// PUT replaces as PATCH does; no client in sight depends on the difference.
constexpr std::array<entry, 19> entries{{
  {api_method::datasets_insert, "datasets.insert", "POST",
   "projects/P/datasets"},
  {api_method::datasets_list, "datasets.list", "GET", "projects/P/datasets"},
  {api_method::datasets_get, "datasets.get", "GET", "projects/P/datasets/D"},
  {api_method::datasets_patch, "datasets.patch", "PATCH",
   "projects/P/datasets/D"},
  {api_method::datasets_patch, "datasets.patch", "PUT",
   "projects/P/datasets/D"},
  {api_method::datasets_delete, "datasets.delete", "DELETE",
   "projects/P/datasets/D"},
  {api_method::tables_insert, "tables.insert", "POST",
   "projects/P/datasets/D/tables"},
  {api_method::tables_list, "tables.list", "GET",
   "projects/P/datasets/D/tables"},
  {api_method::tables_get, "tables.get", "GET",
   "projects/P/datasets/D/tables/T"},
  {api_method::tables_patch, "tables.patch", "PATCH",
   "projects/P/datasets/D/tables/T"},
  {api_method::tables_patch, "tables.patch", "PUT",
   "projects/P/datasets/D/tables/T"},
  {api_method::tables_delete, "tables.delete", "DELETE",
   "projects/P/datasets/D/tables/T"},
  {api_method::insert_all, "tabledata.insertAll", "POST",
   "projects/P/datasets/D/tables/T/insertAll"},
  {api_method::list_data, "tabledata.list", "GET",
   "projects/P/datasets/D/tables/T/data"},
  {api_method::faults_get, "faults.get", "GET", "sandbox/faults"},
  {api_method::faults_set, "faults.set", "POST", "sandbox/faults"},
  {api_method::faults_clear, "faults.clear", "DELETE", "sandbox/faults"},
  {api_method::ledger_get, "ledger.get", "GET", "sandbox/ledger"},
  {api_method::ledger_clear, "ledger.clear", "DELETE", "sandbox/ledger"},
}};

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) {
    auto end = std::min(path.find('/'), path.size());
    result.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

bool match(std::string_view pattern, std::string_view path, table_name& at) {
  auto wanted = split(pattern);
  auto found = split(path);
  if (wanted.size() != found.size())
    return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "P")
      at.project = found[i];
    else if (wanted[i] == "D")
      at.dataset = found[i];
    else if (wanted[i] == "T")
      at.table = found[i];
    else if (wanted[i] != found[i])
      return false;
  }
  return true;
}

/// Returns `insertAll` of `tabledata.insertAll`, the name that people use.
std::string_view short_name(std::string_view name) {
  return name == "tabledata.insertAll" ? name.substr(name.find('.') + 1) : name;
}

} // namespace

std::optional<route> find_route(std::string_view verb, std::string_view path) {
  if (!path.starts_with('/'))
    return std::nullopt;
  path.remove_prefix(1);
  constexpr std::string_view prefix = "bigquery/v2/";
  if (path.starts_with(prefix))
    path.remove_prefix(prefix.size());
  for (auto& x : entries) {
    table_name at;
    if (x.verb == verb && match(x.path, path, at))
      return route{x.method, std::move(at)};
  }
  return std::nullopt;
}

std::string_view to_string(api_method x) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](auto& e) { return e.method == x; })
    ->name;
}

bool is_method_pattern(std::string_view x) {
  return x == "*" || std::any_of(entries.begin(), entries.end(), [&](auto& e) {
           return is_service_method(e.method)
                  && (x == e.name || x == short_name(e.name));
         });
}

bool matches(std::string_view pattern, api_method x) {
  auto name = to_string(x);
  return pattern == "*" || pattern == name || pattern == short_name(name);
}

bool is_service_method(api_method x) {
  return x < api_method::faults_get;
}

} // namespace bqs::sandbox
