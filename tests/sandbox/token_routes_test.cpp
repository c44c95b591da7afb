#include "sandbox/token_routes.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"
#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::test;

const char* const jwt_bearer
  = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
const char* const exchange
  = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
    "&audience=//iam/pool&requested_token_type="
    "urn:ietf:params:oauth:token-type:access_token&subject_token_type="
    "urn:ietf:params:oauth:token-type:jwt&scope=https://x/auth/cloud-platform";
const char* const refresh = "grant_type=refresh_token&client_id=client"
                            "&client_secret=shh&refresh_token=again";
const char* const impersonate_path
  = "/v1/projects/-/serviceAccounts/target@p:generateAccessToken";
const char* const wish
  = R"({"scope":["https://www.googleapis.com/auth/bigquery"],
        "lifetime":"600s","delegates":[]})";

options strict() {
  options result;
  result.strict_tokens = true;
  result.credentials = {key_file_text(), user_file, workload_file};
  return result;
}

struct token_service : ::testing::Test {
  reply ask(const std::string& body, const std::string& path = "/token") {
    return uut.call("POST", path, body);
  }

  std::string error_of(const std::string& body) {
    auto x = ask(body);
    EXPECT_GE(x.status, 400) << body;
    return json::parse(x.body)["error"];
  }

  /// Returns a header with the token of an answer.
  static std::string bearer(const reply& x) {
    return "Bearer " + json::parse(x.body)["access_token"].get<std::string>();
  }

  int list_datasets(const std::string& authorization) {
    uut.authorization = authorization;
    return uut.call("GET", "/projects/p/datasets").status;
  }

  endpoint uut{strict()};
};

TEST_F(token_service, each_grant_gives_a_token_that_lets_in) {
  auto assertion = shared_signer().token(assertion_claims(uut.now));
  for (auto& body : {jwt_bearer + std::string{"&assertion="} + assertion,
                     std::string{refresh},
                     exchange + std::string{"&subject_token=subject"}}) {
    auto x = ask(body);
    ASSERT_EQ(x.status, 200) << x.body;
    auto token = json::parse(x.body);
    EXPECT_EQ(token["expires_in"], 3599);
    EXPECT_EQ(token["token_type"], "Bearer");
    EXPECT_EQ(list_datasets(bearer(x)), 200);
  }
  auto x = ask(exchange + std::string{"&subject_token=subject"}, "/v1/token");
  EXPECT_EQ(json::parse(x.body)["issued_token_type"],
            "urn:ietf:params:oauth:token-type:access_token");
}

TEST_F(token_service, is_at_any_path_that_ends_so) {
  for (auto path : {"/token", "/v1/token", "/oauth2/v4/token", "/a/b/c/token"})
    EXPECT_EQ(ask(refresh, path).status, 200) << path;
  for (auto path : {"/tokens", "/v1/token/x", "/xtoken"})
    EXPECT_EQ(ask(refresh, path).status, 404) << path;
}

TEST_F(token_service, refuses_in_the_form_of_oauth) {
  auto x = ask(refresh + std::string{"x"});
  EXPECT_EQ(x.status, 400);
  EXPECT_EQ(x.body, R"({"error":"invalid_grant","error_description":)"
                    R"("Token has been expired or revoked."})");
  EXPECT_EQ(ask("grant_type=refresh_token&client_id=client&client_secret=x"
                "&refresh_token=again")
              .status,
            401);
}

TEST_F(token_service, names_what_is_wrong_with_a_request) {
  auto with = [](const char* body, const char* more) {
    return std::string{body} + more;
  };
  for (auto& bad :
       {std::string{}, std::string{"grant_type="}, std::string{"%"},
        std::string{"{\"grant_type\":\"refresh_token\"}"},
        std::string{jwt_bearer}, with(refresh, "&refresh_token=again"),
        with(refresh, "&grant_type=refresh_token"),
        std::string{"grant_type=refresh_token&refresh_token=again"},
        std::string{exchange}, with(refresh, "&x=%zz"),
        std::string(200'000, 'a')})
    EXPECT_EQ(error_of(bad), "invalid_request") << bad.substr(0, 80);
  EXPECT_EQ(error_of("grant_type=password"), "unsupported_grant_type");
  EXPECT_EQ(error_of("grant_type=\xff\xfe"), "unsupported_grant_type");
  EXPECT_EQ(error_of(with(refresh, "&scope=bigquery")), "invalid_scope");
  EXPECT_EQ(error_of(with(jwt_bearer, "&assertion=a.b.c")), "invalid_grant");
}

TEST_F(token_service, an_exchange_names_its_types) {
  const std::string type = "urn:ietf:params:oauth:token-type:";
  auto body = [&](const std::string& wanted, const std::string& subject) {
    return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
           "&audience=//iam/pool&subject_token=subject&requested_token_type="
           + wanted + "&subject_token_type=" + subject;
  };
  EXPECT_EQ(ask(body(type + "access_token", type + "id_token")).status, 200);
  EXPECT_EQ(error_of(body(type + "id_token", type + "jwt")), "invalid_request");
  EXPECT_EQ(error_of(body(type + "access_token", "jwt")), "invalid_request");
}

TEST_F(token_service, the_own_url_is_an_audience) {
  auto claims = assertion_claims(uut.now);
  claims["aud"] = "http:///token"; // the fixture has no host
  auto body
    = jwt_bearer + std::string{"&assertion="} + shared_signer().token(claims);
  EXPECT_EQ(ask(body).status, 200);
  EXPECT_EQ(ask(body, "/v1/token").status, 400);
}

TEST_F(token_service, impersonation_gives_a_token_of_the_other) {
  uut.authorization
    = bearer(ask(exchange + std::string{"&subject_token=subject"}));
  auto x = ask(wish, impersonate_path);
  ASSERT_EQ(x.status, 200) << x.body;
  auto token = json::parse(x.body);
  EXPECT_EQ(token["expireTime"], "2026-11-22T00:10:00Z");
  EXPECT_EQ(list_datasets("Bearer " + token["accessToken"].get<std::string>()),
            200);
}

TEST_F(token_service, impersonation_needs_a_token_and_the_right) {
  EXPECT_EQ(ask(wish, impersonate_path).status, 401);
  uut.authorization = bearer(ask(refresh));
  auto x = ask(wish, impersonate_path);
  EXPECT_EQ(x.status, 403);
  EXPECT_EQ(json::parse(x.body)["error"]["status"], "PERMISSION_DENIED");
}

TEST_F(token_service, impersonation_reads_its_body) {
  uut.authorization
    = bearer(ask(exchange + std::string{"&subject_token=subject"}));
  for (auto bad :
       {"", "[]", "{}", R"({"scope":"https://x"})", R"({"scope":[]})",
        R"({"scope":[7]})", R"({"scope":["bigquery"]})",
        R"({"scope":["https://x"],"lifetime":600})",
        R"({"scope":["https://x"],"lifetime":"600"})",
        R"({"scope":["https://x"],"lifetime":"0s"})",
        R"({"scope":["https://x"],"lifetime":"-1s"})",
        R"({"scope":["https://x"],"lifetime":"43200s"})",
        R"({"scope":["https://x"],"lifetime":"99999999999s"})",
        R"({"scope":["https://x"],"lifetime":"1s "})"})
    EXPECT_EQ(ask(bad, impersonate_path).status, 400) << bad;
  EXPECT_EQ(ask(std::string(100'000, '['), impersonate_path).status, 400);
  EXPECT_EQ(ask(wish, "/v1/projects/-/serviceAccounts/e:signJwt").status, 404);
}

TEST_F(token_service, methods_need_a_live_token) {
  EXPECT_EQ(list_datasets(""), 401);
  EXPECT_EQ(list_datasets("Bearer guess"), 401);
  EXPECT_EQ(list_datasets("Bearer "
                          + shared_signer().token(self_signed_claims(uut.now))),
            200);
  auto header = bearer(ask(refresh));
  uut.now += std::chrono::seconds{3'599};
  auto x = list_datasets(header);
  EXPECT_EQ(x, 401);
}

TEST_F(token_service, a_fault_means_it_by_name) {
  auto set = [&](const char* spec) {
    uut.answers.faults.set({std::get<fault>(parse_fault(spec))});
  };
  set("method=*,status=503");
  EXPECT_EQ(ask(refresh).status, 200);
  set("method=tokens.grant,status=503,count=1");
  EXPECT_EQ(ask(refresh).status, 503);
  EXPECT_EQ(ask(refresh).status, 200);
}

TEST(token_service_that_is_not_strict, gives_tokens_to_strangers) {
  endpoint uut;
  EXPECT_EQ(uut.call("POST", "/token", refresh).status, 200);
  EXPECT_EQ(uut.call("POST", impersonate_path, wish).status, 200);
  EXPECT_EQ(uut.call("GET", "/projects/p/datasets").status, 200);
}

} // namespace
