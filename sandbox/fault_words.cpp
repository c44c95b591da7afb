#include "sandbox/fault_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace bqs::sandbox {

namespace {

/// What a method is about; the words of a reason depend on it.
enum class subject : std::uint8_t {
  any,
  rows,
  table,
  table_change,
  new_table,
  dataset,
  new_dataset,
  job,
  project,
};

/// What of a method goes into the words.
struct method_words {
  api_method method;
  /// From the particular to the general.
  std::array<subject, 3> subjects;
  std::string_view permission;
};

constexpr std::array<method_words, 21> methods{{
  {api_method::projects_list,
   {subject::project, subject::any},
   "resourcemanager.projects.get"},
  {api_method::datasets_insert,
   {subject::new_dataset, subject::project, subject::any},
   "bigquery.datasets.create"},
  {api_method::datasets_list,
   {subject::project, subject::any},
   "bigquery.datasets.get"},
  {api_method::datasets_get,
   {subject::dataset, subject::any},
   "bigquery.datasets.get"},
  {api_method::datasets_patch,
   {subject::dataset, subject::any},
   "bigquery.datasets.update"},
  {api_method::datasets_update,
   {subject::dataset, subject::any},
   "bigquery.datasets.update"},
  {api_method::datasets_delete,
   {subject::dataset, subject::any},
   "bigquery.datasets.delete"},
  {api_method::tables_insert,
   {subject::new_table, subject::dataset, subject::any},
   "bigquery.tables.create"},
  {api_method::tables_list,
   {subject::dataset, subject::any},
   "bigquery.tables.list"},
  {api_method::tables_get,
   {subject::table, subject::any},
   "bigquery.tables.get"},
  {api_method::tables_patch,
   {subject::table_change, subject::table, subject::any},
   "bigquery.tables.update"},
  {api_method::tables_update,
   {subject::table_change, subject::table, subject::any},
   "bigquery.tables.update"},
  {api_method::tables_delete,
   {subject::table, subject::any},
   "bigquery.tables.delete"},
  {api_method::insert_all,
   {subject::rows, subject::table, subject::any},
   "bigquery.tables.updateData"},
  {api_method::list_data,
   {subject::table, subject::any},
   "bigquery.tables.getData"},
  {api_method::jobs_query,
   {subject::project, subject::any},
   "bigquery.jobs.create"},
  {api_method::jobs_insert,
   {subject::job, subject::project, subject::any},
   "bigquery.jobs.create"},
  {api_method::jobs_get,
   {subject::job, subject::project, subject::any},
   "bigquery.jobs.get"},
  {api_method::jobs_results,
   {subject::job, subject::project, subject::any},
   "bigquery.jobs.get"},
  {api_method::jobs_list,
   {subject::project, subject::any},
   "bigquery.jobs.list"},
  {api_method::jobs_cancel,
   {subject::job, subject::project, subject::any},
   "bigquery.jobs.update"},
}};

constexpr method_words other_method{api_method::tokens_grant,
                                    {subject::any},
                                    "iam.serviceAccounts.getAccessToken"};

/// What the service says of a reason.
struct reason_words {
  std::string_view reason;
  subject about;
  /// With `{P}`, `{N}` (its number), `{D}`, `{T}`, `{J}` and `{permission}`.
  std::string_view text;
  /// Whether it was read in an answer of the service. If not, it is made up by
  /// analogy until somebody captures one.
  bool verified;
};

constexpr std::array<reason_words, 31> reasons{{
  {"accessDenied", subject::table,
   "Access Denied: Table {P}:{D}.{T}: Permission {permission} denied on table "
   "{P}:{D}.{T} (or it may not exist).",
   true},
  {"accessDenied", subject::dataset,
   "Access Denied: Dataset {P}:{D}: Permission {permission} denied on dataset "
   "{P}:{D} (or it may not exist).",
   false},
  {"accessDenied", subject::any,
   "Access Denied: Project {P}: User does not have {permission} permission in "
   "project {P}.",
   false},
  {"backendError", subject::any,
   "Error encountered during execution. Retrying may solve the problem.", true},
  {"badRequest", subject::rows,
   "Request payload size exceeds the limit: 10485760 bytes.", true},
  {"badRequest", subject::any, "Bad Request", false},
  {"billingNotEnabled", subject::any,
   "Access Denied: BigQuery BigQuery: Streaming insert is not allowed in the "
   "free tier",
   true},
  {"conditionNotMet", subject::any, "Precondition check failed.", false},
  {"duplicate", subject::new_table, "Already Exists: Table {P}:{D}.{T}", true},
  {"duplicate", subject::new_dataset, "Already Exists: Dataset {P}:{D}", true},
  {"duplicate", subject::job, "Already Exists: Job {P}:{J}", true},
  {"duplicate", subject::any, "Already Exists", false},
  {"forbidden", subject::any, "Request had insufficient authentication scopes.",
   false},
  {"insufficientPermissions", subject::any,
   "Request had insufficient authentication scopes.", false},
  {"internalError", subject::any,
   "An internal error occurred and the request could not be completed.", false},
  {"invalid", subject::any, "Request contains an invalid argument.", false},
  {"notFound", subject::rows, "Table {N}:{D}.{T} not found.", true},
  {"notFound", subject::table, "Not found: Table {P}:{D}.{T}", true},
  {"notFound", subject::dataset, "Not found: Dataset {P}:{D}", true},
  {"notFound", subject::job, "Not found: Job {P}:{J}", true},
  {"notFound", subject::any, "Not Found", false},
  {"notImplemented", subject::any, "Not implemented.", false},
  {"quotaExceeded", subject::rows,
   "Your table: {T} exceeded quota for streaming insert rows per second.",
   true},
  {"quotaExceeded", subject::any, "Quota exceeded for project {P}.", false},
  {"rateLimitExceeded", subject::table_change,
   "Exceeded rate limits: too many table update operations for this table",
   true},
  {"rateLimitExceeded", subject::any,
   "Exceeded rate limits: too many requests.", false},
  {"requestTooLarge", subject::any, "The request is too large.", false},
  {"resourceInUse", subject::dataset, "Dataset {P}:{D} is still in use", true},
  {"tableUnavailable", subject::any, "The table is not available.", false},
  {"timeout", subject::any, "The request timed out.", false},
  {"userRateLimitExceeded", subject::any, "User Rate Limit Exceeded", false},
}};

const method_words& words_of(api_method x) {
  auto known = std::find_if(methods.begin(), methods.end(),
                            [&](auto& each) { return each.method == x; });
  return known == methods.end() ? other_method : *known;
}

std::string_view text_of(std::string_view reason, const method_words& of) {
  for (auto about : of.subjects)
    for (auto& x : reasons)
      if (x.reason == reason && x.about == about)
        return x.text;
  return "Request failed.";
}

std::string fill(std::string_view text, const route& where,
                 std::string_view permission) {
  std::string result;
  while (!text.empty()) {
    auto open = std::min(text.find('{'), text.size());
    result += text.substr(0, open);
    text.remove_prefix(open);
    auto name = text.substr(0, std::min(text.find('}') + 1, text.size()));
    if (name == "{P}")
      result += where.at.project;
    else if (name == "{N}")
      result += project_number(where.at.project);
    else if (name == "{D}")
      result += where.at.dataset;
    else if (name == "{T}")
      result += where.at.table;
    else if (name == "{J}")
      result += where.job;
    else if (name == "{permission}")
      result += permission;
    text.remove_prefix(name.size());
  }
  return result;
}

} // namespace

refusal words_for(int status, std::string reason, const route& where) {
  if (reason.empty())
    reason = default_reason(status);
  auto result = bad_token(); // it says more than others
  if (reason != result.reason) {
    auto& of = words_of(where.method);
    auto text = fill(text_of(reason, of), where, of.permission);
    result = {400, std::move(reason), std::move(text), {}, {}, {}};
  }
  result.status = status;
  return result;
}

} // namespace bqs::sandbox
