#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "sandbox/query_plan.hpp"

namespace bqs::sandbox {

/// What a request says about the query that it wants. The members that matter
/// are the same in jobs.query and in `configuration.query` of jobs.insert.
struct query_request {
  std::string text;
  sql::query_context context;

  /// Reads it; throws a `refusal` at what the sandbox cannot do.
  static query_request read(const nlohmann::ordered_json& from,
                            const std::string& project);
};

/// Returns a string member; `fallback` if it is absent or no string.
std::string string_in(const nlohmann::ordered_json& from, const char* name,
                      std::string fallback = {});

} // namespace bqs::sandbox
