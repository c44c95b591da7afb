#include "sandbox/token_admin.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"
#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::test;

const char* const tokens = "/sandbox/tokens";
const char* const credentials = "/sandbox/credentials";
const char* const refresh = "grant_type=refresh_token&client_id=client"
                            "&client_secret=shh&refresh_token=again";

struct token_desk : ::testing::Test {
  json ask(const std::string& method, const std::string& path,
           const std::string& body = "") {
    auto x = uut.call(method, path, body);
    EXPECT_EQ(x.status, 200) << x.body;
    return json::parse(x.body);
  }

  json new_token() {
    return ask("POST", "/token", refresh);
  }

  int list_datasets(const json& token) {
    uut.authorization = "Bearer " + token["access_token"].get<std::string>();
    return uut.call("GET", "/projects/p/datasets").status;
  }

  endpoint uut;
};

TEST_F(token_desk, all_can_be_set_while_it_runs) {
  EXPECT_EQ(ask("GET", tokens)["mode"], "any");
  EXPECT_EQ(ask("POST", tokens, R"({"mode":"strict"})")["mode"], "strict");
  EXPECT_EQ(uut.call("POST", "/token", refresh).status, 401);
  EXPECT_EQ(ask("POST", credentials, user_file)[0]["account"],
            "ann@example.com");
  EXPECT_EQ(
    ask("POST", tokens, R"({"lifetime_seconds":9})")["lifetime_seconds"], 9);
  auto token = new_token();
  EXPECT_EQ(token["expires_in"], 9);
  EXPECT_EQ(list_datasets(token), 200);
  EXPECT_EQ(ask("GET", tokens)["tokens"][0]["account"], "ann@example.com");
  EXPECT_EQ(ask("DELETE", tokens)["revoked"], 1);
  EXPECT_EQ(list_datasets(token), 401);
  EXPECT_EQ(list_datasets(new_token()), 200);
  EXPECT_EQ(
    uut.call("DELETE", credentials, "", {{"account", "ann@example.com"}})
      .status,
    200);
  EXPECT_EQ(uut.call("POST", "/token", refresh).status, 401);
  EXPECT_EQ(ask("GET", credentials).size(), 0u);
}

TEST_F(token_desk, one_token_can_be_revoked) {
  ask("POST", credentials, user_file);
  ask("POST", tokens, R"({"mode":"strict"})");
  auto first = new_token();
  auto second = new_token();
  auto id = ask("GET", tokens)["tokens"][0]["id"].get<std::string>();
  auto x = uut.call("DELETE", tokens, "", {{"id", id}});
  EXPECT_EQ(x.body, R"({"revoked":1})");
  EXPECT_EQ(list_datasets(first), 401);
  EXPECT_EQ(list_datasets(second), 200);
}

TEST_F(token_desk, says_what_it_does_not_understand) {
  for (auto bad :
       {"", "[]", R"({"mode":"listed"})", R"({"mode":1})", R"({"modes":"any"})",
        R"({"lifetime_seconds":0})", R"({"lifetime_seconds":3601})",
        R"({"lifetime_seconds":"9"})", R"({"lifetime_seconds":1.5})",
        R"({"lifetime_seconds":-1})"})
    EXPECT_EQ(uut.call("POST", tokens, bad).status, 400) << bad;
  EXPECT_EQ(uut.call("DELETE", tokens, "", {{"acount", "x"}}).status, 400);
  EXPECT_EQ(uut.call("DELETE", tokens, "", {{"account", ""}}).status, 400);
  EXPECT_EQ(uut.call("DELETE", credentials).status, 400);
  EXPECT_EQ(uut.call("DELETE", credentials, "", {{"account", "x"}}).status,
            404);
  auto x = uut.call("POST", credentials, R"({"type":"service_account",
    "client_email":"e","private_key":"SECRET"})");
  EXPECT_EQ(x.status, 400);
  EXPECT_NE(x.body.find("private_key is not"), std::string::npos) << x.body;
  EXPECT_EQ(x.body.find("SECRET"), std::string::npos);
}

} // namespace
