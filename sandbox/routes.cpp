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
  /// P, D, T and J stand for names.
  std::string_view path;
};

constexpr std::array<entry, 39> entries{{
  {api_method::projects_list, "projects.list", "GET", "projects"},
  {api_method::datasets_insert, "datasets.insert", "POST",
   "projects/P/datasets"},
  {api_method::datasets_list, "datasets.list", "GET", "projects/P/datasets"},
  {api_method::datasets_get, "datasets.get", "GET", "projects/P/datasets/D"},
  {api_method::datasets_patch, "datasets.patch", "PATCH",
   "projects/P/datasets/D"},
  {api_method::datasets_update, "datasets.update", "PUT",
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
  {api_method::tables_update, "tables.update", "PUT",
   "projects/P/datasets/D/tables/T"},
  {api_method::tables_delete, "tables.delete", "DELETE",
   "projects/P/datasets/D/tables/T"},
  {api_method::insert_all, "tabledata.insertAll", "POST",
   "projects/P/datasets/D/tables/T/insertAll"},
  {api_method::list_data, "tabledata.list", "GET",
   "projects/P/datasets/D/tables/T/data"},
  {api_method::jobs_query, "jobs.query", "POST", "projects/P/queries"},
  {api_method::jobs_insert, "jobs.insert", "POST", "projects/P/jobs"},
  {api_method::jobs_get, "jobs.get", "GET", "projects/P/jobs/J"},
  {api_method::jobs_results, "jobs.getQueryResults", "GET",
   "projects/P/queries/J"},
  {api_method::jobs_list, "jobs.list", "GET", "projects/P/jobs"},
  {api_method::jobs_cancel, "jobs.cancel", "POST", "projects/P/jobs/J/cancel"},
  {api_method::faults_get, "faults.get", "GET", "sandbox/faults"},
  {api_method::faults_set, "faults.set", "POST", "sandbox/faults"},
  {api_method::faults_clear, "faults.clear", "DELETE", "sandbox/faults"},
  {api_method::ledger_get, "ledger.get", "GET", "sandbox/ledger"},
  {api_method::ledger_clear, "ledger.clear", "DELETE", "sandbox/ledger"},
  // And any other path that ends so: see `find_route`.
  {api_method::tokens_grant, "tokens.grant", "POST", "token"},
  {api_method::tokens_impersonate, "tokens.impersonate", "POST",
   "v1/projects/P/serviceAccounts/T"},
  {api_method::tokens_metadata, "tokens.metadata", "GET", ""},
  {api_method::tokens_metadata, "tokens.metadata", "GET",
   "computeMetadata/v1/instance"},
  {api_method::tokens_metadata, "tokens.metadata", "GET",
   "computeMetadata/v1/P/T"},
  {api_method::tokens_metadata, "tokens.metadata", "GET",
   "computeMetadata/v1/instance/service-accounts/P"},
  {api_method::tokens_metadata, "tokens.metadata", "GET",
   "computeMetadata/v1/instance/service-accounts/P/T"},
  {api_method::tokens_get, "tokens.get", "GET", "sandbox/tokens"},
  {api_method::tokens_set, "tokens.set", "POST", "sandbox/tokens"},
  {api_method::tokens_revoke, "tokens.revoke", "DELETE", "sandbox/tokens"},
  {api_method::credentials_get, "credentials.get", "GET",
   "sandbox/credentials"},
  {api_method::credentials_add, "credentials.add", "POST",
   "sandbox/credentials"},
  {api_method::credentials_remove, "credentials.remove", "DELETE",
   "sandbox/credentials"},
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

bool match(std::string_view pattern, std::string_view path, route& to) {
  auto& at = to.at;
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
    else if (wanted[i] == "J")
      to.job = found[i];
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
  auto prefixed = path.starts_with(prefix);
  if (prefixed)
    path.remove_prefix(prefix.size());
  for (auto& x : entries) {
    route result{x.method, {}, {}};
    // Only BigQuery's own methods are behind the prefix.
    if (x.verb == verb && (!prefixed || is_service_method(x.method))
        && match(x.path, path, result))
      return result;
  }
  if (verb == "POST" && path.ends_with("/token"))
    return route{api_method::tokens_grant, {}, {}};
  return std::nullopt;
}

std::string_view to_string(api_method x) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](auto& e) { return e.method == x; })
    ->name;
}

bool is_method_pattern(std::string_view x) {
  return x == "*" || std::any_of(entries.begin(), entries.end(), [&](auto& e) {
           return (is_service_method(e.method) || is_token_method(e.method))
                  && (x == e.name || x == short_name(e.name));
         });
}

bool matches(std::string_view pattern, api_method x) {
  auto name = to_string(x);
  return (pattern == "*" && is_service_method(x)) || pattern == name
         || pattern == short_name(name);
}

bool is_service_method(api_method x) {
  return x < api_method::faults_get;
}

bool is_token_method(api_method x) {
  return x >= api_method::tokens_grant && x <= api_method::tokens_metadata;
}

} // namespace bqs::sandbox
