// Credentials as clients use them, over real connections.

#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>

#include "sandbox/server.hpp"
#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::test;
using json = nlohmann::ordered_json;

const char* const datasets = "/bigquery/v2/projects/p/datasets";

struct strict_tokens : ::testing::Test {
  static options settings() {
    options o;
    o.port = 0;
    o.strict_tokens = true;
    o.credentials = {user_file, workload_file};
    return o;
  }

  json post(const std::string& path, const httplib::Params& form) {
    auto x = http.Post(path, form);
    EXPECT_TRUE(x);
    return x ? json::parse(x->body) : json{};
  }

  httplib::Result list(const std::string& token) {
    return http.Get(datasets, {{"Authorization", "Bearer " + token}});
  }

  json grant(const signer& by, const json& file) {
    auto claims = assertion_claims(std::chrono::system_clock::now());
    claims["iss"] = file["client_email"];
    claims["aud"] = file["token_uri"];
    return post("/token",
                {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                 {"assertion", by.token(claims)}});
  }

  server uut{settings()};
  httplib::Client http{"127.0.0.1", uut.port()};
};

TEST_F(strict_tokens, a_written_key_opens_the_door) {
  auto file = json::parse(uut.make_key());
  EXPECT_EQ(file["token_uri"], uut.url() + "/token");
  signer by{file["private_key"].get<std::string>()};
  auto token = grant(by, file);
  ASSERT_TRUE(token.contains("access_token")) << token;
  EXPECT_EQ(list(token["access_token"])->status, 200);
  auto claims = self_signed_claims(std::chrono::system_clock::now());
  claims["iss"] = claims["sub"] = file["client_email"];
  EXPECT_EQ(list(by.token(claims))->status, 200);
  EXPECT_EQ(grant(shared_signer(), file)["error"], "invalid_grant");
}

TEST_F(strict_tokens, without_a_token_there_is_the_services_401) {
  for (auto& x : {http.Get(datasets), list("guess")}) {
    ASSERT_TRUE(x);
    EXPECT_EQ(x->status, 401);
    EXPECT_EQ(x->get_header_value("WWW-Authenticate"),
              "Bearer realm=\"https://accounts.google.com/\", "
              "error=\"invalid_token\"");
    auto error = json::parse(x->body)["error"];
    EXPECT_EQ(error["status"], "UNAUTHENTICATED");
    EXPECT_EQ(error["errors"][0]["message"], "Invalid Credentials");
    EXPECT_EQ(error["errors"][0]["reason"], "authError");
  }
}

TEST_F(strict_tokens, revoking_takes_effect_with_the_next_call) {
  httplib::Params form{{"grant_type", "refresh_token"},
                       {"client_id", "client"},
                       {"client_secret", "shh"},
                       {"refresh_token", "again"}};
  auto token = post("/token", form)["access_token"].get<std::string>();
  EXPECT_EQ(list(token)->status, 200);
  EXPECT_EQ(http.Delete("/sandbox/tokens?account=nobody")->body,
            R"({"revoked":0})");
  EXPECT_EQ(list(token)->status, 200);
  EXPECT_EQ(http.Delete("/sandbox/tokens")->body, R"({"revoked":1})");
  EXPECT_EQ(list(token)->status, 401);
  EXPECT_EQ(list(post("/token", form)["access_token"])->status, 200);
}

TEST_F(strict_tokens, a_workload_goes_all_the_way) {
  auto source = post(
    "/v1/token",
    {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
     {"audience", "//iam/pool"},
     {"scope", "https://www.googleapis.com/auth/cloud-platform"},
     {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
     {"subject_token", "subject"},
     {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"}});
  ASSERT_TRUE(source.contains("access_token")) << source;
  auto x = http.Post(
    "/v1/projects/-/serviceAccounts/target@p:generateAccessToken",
    {{"Authorization", "Bearer " + source["access_token"].get<std::string>()}},
    R"({"scope":["https://www.googleapis.com/auth/bigquery"],
        "lifetime":"3600s","delegates":[]})",
    "application/json");
  ASSERT_TRUE(x);
  ASSERT_EQ(x->status, 200) << x->body;
  EXPECT_EQ(list(json::parse(x->body)["accessToken"])->status, 200);
}

TEST_F(strict_tokens, a_machine_asks_its_metadata) {
  auto path = "/computeMetadata/v1/instance/service-accounts/default/"
              "token?scopes=https://www.googleapis.com/auth/bigquery";
  EXPECT_EQ(http.Get(path)->status, 403);
  auto x = http.Get(path, {{"Metadata-Flavor", "Google"}});
  ASSERT_TRUE(x);
  EXPECT_EQ(x->get_header_value("Metadata-Flavor"), "Google");
  EXPECT_EQ(list(json::parse(x->body)["access_token"])->status, 200);
  EXPECT_EQ(http.Get("/")->get_header_value("Metadata-Flavor"), "Google");
}

TEST_F(strict_tokens, many_may_ask_at_once) {
  auto key = json::parse(uut.make_key());
  signer by{key["private_key"].get<std::string>()};
  std::vector<std::thread> clients;
  for (auto i = 0; i < 8; ++i)
    clients.emplace_back([&, i] {
      httplib::Client own{"127.0.0.1", uut.port()};
      own.set_keep_alive(true);
      auto claims = self_signed_claims(std::chrono::system_clock::now());
      claims["iss"] = claims["sub"] = key["client_email"];
      claims["jti"] = i;
      auto token = by.token(claims);
      for (auto n = 0; n < 50; ++n)
        EXPECT_EQ(
          own.Get(datasets, {{"Authorization", "Bearer " + token}})->status,
          200);
    });
  for (auto& x : clients)
    x.join();
}

TEST(strict_tokens_options, a_bad_credential_is_found_at_start) {
  auto o = strict_tokens::settings();
  o.credentials = {"{}"};
  EXPECT_THROW(server{o}, std::runtime_error);
  EXPECT_NE(check_credential("{}"), "");
  EXPECT_EQ(check_credential(user_file), "");
}

} // namespace
