#include "sandbox/errors.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace bqs::sandbox;

const table_name at{"p", "d", "t"};

TEST(errors, envelopes_are_as_the_service_sends_them) {
  EXPECT_EQ(envelope(table_not_found(at)).body,
            R"({"error":{"code":404,"message":"Not found: Table p:d.t",)"
            R"("errors":[{"message":"Not found: Table p:d.t",)"
            R"("domain":"global","reason":"notFound"}],)"
            R"("status":"NOT_FOUND"}})");
}

TEST(errors, words) {
  struct {
    refusal what;
    int status;
    const char* reason;
    const char* message;
  } cases[] = {
    {dataset_not_found(at), 404, "notFound", "Not found: Dataset p:d"},
    {streaming_not_found({"123", "d", "t"}), 404, "notFound",
     "Table 123:d.t not found."},
    {dataset_exists(at), 409, "duplicate", "Already Exists: Dataset p:d"},
    {table_exists(at), 409, "duplicate", "Already Exists: Table p:d.t"},
    {no_schema(), 400, "invalid", "The destination table has no schema."},
    {no_rows(), 400, "invalid", "No rows present in the request."},
    {body_too_large(10'485'760), 400, "badRequest",
     "Request payload size exceeds the limit: 10485760 bytes."},
  };
  for (auto& x : cases) {
    EXPECT_EQ(x.what.status, x.status) << x.message;
    EXPECT_EQ(x.what.reason, x.reason) << x.message;
    EXPECT_EQ(x.what.message, x.message);
  }
  EXPECT_TRUE(too_many_rows(50'001, 50'000)
                .message.starts_with("too many rows present in the request"));
}

TEST(errors, a_bad_token_names_the_header) {
  auto answer = envelope(bad_token());
  auto error = nlohmann::json::parse(answer.body)["error"];
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(error["errors"][0]["message"], "Invalid Credentials");
  EXPECT_EQ(error["errors"][0]["location"], "Authorization");
  EXPECT_EQ(error["errors"][0]["locationType"], "header");
  EXPECT_EQ(error["status"], "UNAUTHENTICATED");
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].first, "WWW-Authenticate");
}

TEST(errors, any_bytes_of_a_path_make_a_body) {
  auto answer = envelope(table_not_found({"p", "\xff", "t"}));
  EXPECT_TRUE(nlohmann::json::accept(answer.body));
}

TEST(errors, project_numbers_are_stable) {
  EXPECT_EQ(project_number("42"), "42");
  EXPECT_EQ(project_number("p"), project_number("p"));
  EXPECT_NE(project_number("p"), project_number("q"));
  EXPECT_EQ(project_number("p").size(), 12u);
}

} // namespace
