#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/errors.hpp"

namespace bqs::sandbox {

enum class api_method : std::uint8_t {
  projects_list,
  datasets_insert,
  datasets_list,
  datasets_get,
  datasets_patch,
  datasets_update,
  datasets_delete,
  tables_insert,
  tables_list,
  tables_get,
  tables_patch,
  tables_update,
  tables_delete,
  insert_all,
  list_data,
  jobs_query,
  jobs_insert,
  jobs_get,
  jobs_results,
  jobs_list,
  jobs_cancel,
  // The endpoint's own.
  faults_get,
  faults_set,
  faults_clear,
  ledger_get,
  ledger_clear,
  // Of Google's other services: who gets tokens.
  tokens_grant,
  tokens_impersonate,
  tokens_metadata,
  // The endpoint's own, about these.
  tokens_get,
  tokens_set,
  tokens_revoke,
  credentials_get,
  credentials_add,
  credentials_remove,
};

/// Which method a request is for, and what its path names.
struct route {
  api_method method;
  table_name at;
  std::string job = {};
};

/// Finds the method of a verb and a decoded path, with or without the prefix
/// `/bigquery/v2`.
std::optional<route> find_route(std::string_view verb, std::string_view path);

/// Returns `tables.get` or the like.
std::string_view to_string(api_method x);

/// Whether a fault's `method` can mean anything.
bool is_method_pattern(std::string_view x);

/// Whether a fault's `method` means this one.
bool matches(std::string_view pattern, api_method x);

/// Whether it is one of the service's methods, not of the endpoint's own.
bool is_service_method(api_method x);

/// Whether it is about getting tokens. A fault means it by its name, not by
/// `*`.
bool is_token_method(api_method x);

} // namespace bqs::sandbox
