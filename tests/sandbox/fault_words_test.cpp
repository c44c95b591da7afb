#include "sandbox/fault_words.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

route at(api_method x) {
  return {x, {"123", "d", "t"}, "j"};
}

TEST(fault_words, are_those_of_the_service) {
  struct {
    int status;
    const char* reason;
    api_method method;
    const char* message;
  } cases[] = {
    {400, "", api_method::insert_all, "Request contains an invalid argument."},
    {400, "badRequest", api_method::insert_all,
     "Request payload size exceeds the limit: 10485760 bytes."},
    {400, "resourceInUse", api_method::datasets_delete,
     "Dataset 123:d is still in use"},
    {403, "", api_method::insert_all,
     "Access Denied: Table 123:d.t: Permission bigquery.tables.updateData "
     "denied on table 123:d.t (or it may not exist)."},
    {403, "", api_method::tables_get,
     "Access Denied: Table 123:d.t: Permission bigquery.tables.get denied on "
     "table 123:d.t (or it may not exist)."},
    {403, "", api_method::tables_insert,
     "Access Denied: Dataset 123:d: Permission bigquery.tables.create denied "
     "on dataset 123:d (or it may not exist)."},
    {403, "", api_method::jobs_query,
     "Access Denied: Project 123: User does not have bigquery.jobs.create "
     "permission in project 123."},
    {403, "billingNotEnabled", api_method::insert_all,
     "Access Denied: BigQuery BigQuery: Streaming insert is not allowed in the "
     "free tier"},
    {403, "quotaExceeded", api_method::insert_all,
     "Your table: t exceeded quota for streaming insert rows per second."},
    {403, "rateLimitExceeded", api_method::tables_patch,
     "Exceeded rate limits: too many table update operations for this table"},
    {404, "", api_method::insert_all, "Table 123:d.t not found."},
    {404, "", api_method::list_data, "Not found: Table 123:d.t"},
    {404, "", api_method::tables_list, "Not found: Dataset 123:d"},
    {404, "", api_method::jobs_get, "Not found: Job 123:j"},
    {409, "", api_method::tables_insert, "Already Exists: Table 123:d.t"},
    {409, "", api_method::datasets_insert, "Already Exists: Dataset 123:d"},
    {412, "", api_method::tables_patch, "Precondition check failed."},
    {503, "", api_method::insert_all,
     "Error encountered during execution. Retrying may solve the problem."},
  };
  for (auto& x : cases) {
    auto words = words_for(x.status, x.reason, at(x.method));
    EXPECT_EQ(words.status, x.status);
    EXPECT_EQ(words.message, x.message) << x.status << x.reason;
  }
}

TEST(fault_words, streaming_knows_the_number_of_a_project) {
  auto words = words_for(404, "", {api_method::insert_all, {"p", "d", "t"}});
  EXPECT_EQ(words.message, streaming_not_found({"p", "d", "t"}).message);
}

TEST(fault_words, of_a_bad_token_name_the_header) {
  auto words = words_for(401, "", at(api_method::insert_all));
  EXPECT_EQ(words.reason, "authError");
  EXPECT_EQ(words.detail_message, "Invalid Credentials");
  EXPECT_EQ(words.location, "Authorization");
  EXPECT_EQ(words.location_type, "header");
}

TEST(fault_words, there_are_some_for_each_usual_status) {
  for (auto method : {api_method::insert_all, api_method::projects_list,
                      api_method::tables_get, api_method::tokens_grant})
    for (auto status : {400, 401, 403, 404, 408, 409, 412, 413, 415, 429, 500,
                        501, 502, 503, 504, 599})
      EXPECT_NE(words_for(status, "", at(method)).message, "Request failed.")
        << status;
}

TEST(fault_words, there_are_none_for_a_reason_that_nobody_knows) {
  auto words = words_for(400, "colour", at(api_method::insert_all));
  EXPECT_EQ(words.reason, "colour");
  EXPECT_EQ(words.message, "Request failed.");
}

} // namespace
