#include "sandbox/metadata.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace bqs::sandbox;
using nlohmann::ordered_json;

const std::string root = "/computeMetadata/v1/";
const std::string accounts = root + "instance/service-accounts/";
const char* const email = "sandbox@proj.iam.gserviceaccount.com";

struct metadata : ::testing::Test {
  reply get(const std::string& path, const std::string& flavor = "Google") {
    request x;
    x.path = path;
    x.metadata_flavor = flavor;
    auto result = uut.answer(x);
    // Clients look for it in every answer.
    EXPECT_TRUE(std::ranges::count(
      result.headers,
      std::pair<std::string, std::string>{"Metadata-Flavor", "Google"}))
      << path;
    return result;
  }

  token_office office{{[] { return token_office::time_point{}; },
                       [](std::size_t n) { return std::string(n, 'x'); }}};
  metadata_server uut{office, "proj"};
};

TEST_F(metadata, gives_tokens_that_let_in) {
  office.set_mode(token_mode::strict);
  for (auto& name : {std::string{"default"}, std::string{email}}) {
    auto x = get(accounts + name + "/token");
    ASSERT_EQ(x.status, 200);
    auto token = ordered_json::parse(x.body);
    EXPECT_EQ(token["expires_in"], 3599);
    EXPECT_EQ(token["token_type"], "Bearer");
    EXPECT_TRUE(
      office.admits("Bearer " + token["access_token"].get<std::string>()));
  }
}

TEST_F(metadata, tells_who_and_where) {
  EXPECT_EQ(get(accounts + "default/email").body, email);
  EXPECT_EQ(get(accounts + "default/").body,
            R"({"aliases":["default"],"email":")" + std::string{email}
              + R"(","scopes":["https://www.googleapis.com/auth/)"
                R"(cloud-platform"]})");
  EXPECT_EQ(get(root + "project/project-id").body, "proj");
  EXPECT_EQ(get(root + "universe/universe-domain").body, "googleapis.com");
  EXPECT_EQ(get(root + "instance").status, 200);
}

TEST_F(metadata, is_there_for_a_probe) {
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/", "").status, 200);
}

TEST_F(metadata, wants_its_header) {
  for (auto flavor : {"", "google", "Amazon"})
    EXPECT_EQ(get(accounts + "default/token", flavor).status, 403) << flavor;
  EXPECT_EQ(office.show_tokens()["tokens"].size(), 0u);
}

TEST_F(metadata, does_not_know_others) {
  for (auto path :
       {"instance/service-accounts/other@p/token", "instance/id", "project/x",
        "instance/service-accounts/default/identity", "universe/domain",
        "instance/service-accounts/defaultx/token"})
    EXPECT_EQ(get(root + path).status, 404) << path;
}

} // namespace
