#include "sandbox/credential_book.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::test;
using nlohmann::ordered_json;
using verdict = credential_book::verdict;

verdict check(const credential_book& uut, const std::string& token) {
  return uut.check(std::get<jwt>(parse_jwt(token)));
}

std::string signed_with(const signer& by, const std::string& key_id) {
  ordered_json head{{"alg", "RS256"}};
  if (!key_id.empty())
    head["kid"] = key_id;
  return by.token(head, assertion_claims({}));
}

TEST(credential_book, knows_the_signature_of_a_service_account) {
  credential_book uut;
  auto token = signed_with(shared_signer(), "k1");
  EXPECT_EQ(check(uut, token), verdict::unknown_account);
  EXPECT_EQ(uut.add(key_file_text()), "");
  EXPECT_EQ(check(uut, token), verdict::genuine);
  EXPECT_EQ(check(uut, signed_with(shared_signer(), "")), verdict::genuine);
  EXPECT_EQ(check(uut, signed_with(shared_signer(), "k2")), verdict::forged);
  EXPECT_EQ(check(uut, signed_with(signer{}, "k1")), verdict::forged);
}

TEST(credential_book, the_public_half_is_enough) {
  credential_book uut;
  ordered_json file{{"type", "service_account"},
                    {"client_email", account},
                    {"public_key", shared_signer().public_pem()}};
  EXPECT_EQ(uut.add(file.dump()), "");
  EXPECT_EQ(check(uut, signed_with(shared_signer(), "any")), verdict::genuine);
}

TEST(credential_book, an_account_has_several_keys_and_a_few_at_most) {
  credential_book uut;
  signer second;
  EXPECT_EQ(uut.add(key_file_text(shared_signer(), "k1")), "");
  EXPECT_EQ(uut.add(key_file_text(second, "k2")), "");
  EXPECT_EQ(check(uut, signed_with(shared_signer(), "")), verdict::genuine);
  EXPECT_EQ(check(uut, signed_with(second, "k2")), verdict::genuine);
  EXPECT_EQ(check(uut, signed_with(second, "k1")), verdict::forged);
  for (auto i = 3; i <= 10; ++i)
    EXPECT_EQ(uut.add(key_file_text(second, "k" + std::to_string(i))), "");
  EXPECT_NE(uut.add(key_file_text(second, "k11")), "");
  EXPECT_EQ(uut.add(key_file_text(second, "k1")), ""); // in its place
  EXPECT_EQ(check(uut, signed_with(shared_signer(), "k1")), verdict::forged);
}

TEST(credential_book, knows_users_and_their_clients) {
  credential_book uut;
  EXPECT_EQ(uut.add(user_file), "");
  ASSERT_NE(uut.find_user("again"), nullptr);
  EXPECT_EQ(uut.find_user("again")->account, "ann@example.com");
  EXPECT_EQ(uut.find_user("other"), nullptr);
  EXPECT_TRUE(uut.knows_client("client"));
  EXPECT_FALSE(uut.knows_client("other"));
}

TEST(credential_book, knows_workloads) {
  credential_book uut;
  EXPECT_EQ(uut.add(workload_file), "");
  EXPECT_TRUE(uut.admits_workload("//iam/pool", "subject"));
  EXPECT_FALSE(uut.admits_workload("//iam/pool", "other"));
  EXPECT_FALSE(uut.admits_workload("//iam/other", "subject"));
  EXPECT_TRUE(uut.may_impersonate("//iam/pool", "target@p"));
  EXPECT_FALSE(uut.may_impersonate("//iam/pool", "other@p"));
}

TEST(credential_book, a_file_without_subject_token_lets_any_do) {
  credential_book uut;
  EXPECT_EQ(uut.add(R"({"type":"external_account","audience":"a"})"), "");
  EXPECT_TRUE(uut.admits_workload("a", "whatever"));
}

TEST(credential_book, impersonation_registers_its_source) {
  credential_book uut;
  ordered_json file{{"type", "impersonated_service_account"},
                    {"service_account_impersonation_url",
                     "https://iamcredentials.googleapis.com/v1/projects/-/"
                     "serviceAccounts/target@p:generateAccessToken"},
                    {"source_credentials", ordered_json::parse(user_file)}};
  EXPECT_EQ(uut.add(file.dump()), "");
  EXPECT_NE(uut.find_user("again"), nullptr);
  EXPECT_TRUE(uut.may_impersonate("ann@example.com", "target@p"));
  EXPECT_FALSE(uut.may_impersonate("bob@example.com", "target@p"));
}

TEST(credential_book, forgets_an_account_whole) {
  credential_book uut;
  for (auto& file :
       {key_file_text(), std::string{user_file}, std::string{workload_file}})
    EXPECT_EQ(uut.add(file), "");
  for (auto name : {account, "ann@example.com", "//iam/pool"}) {
    EXPECT_TRUE(uut.remove(name)) << name;
    EXPECT_FALSE(uut.remove(name)) << name;
  }
  EXPECT_EQ(uut.find_user("again"), nullptr);
  EXPECT_FALSE(uut.may_impersonate("//iam/pool", "target@p"));
  EXPECT_EQ(uut.list().size(), 0u);
}

TEST(credential_book, lists_no_secrets) {
  credential_book uut;
  for (auto& file :
       {key_file_text(), std::string{user_file}, std::string{workload_file}})
    EXPECT_EQ(uut.add(file), "");
  auto text = uut.list().dump();
  for (auto secret : {"again", "shh", "BEGIN", "\"subject\""})
    EXPECT_EQ(text.find(secret), text.npos) << text;
  EXPECT_NE(text.find(account), text.npos) << text;
}

TEST(credential_book, says_which_member_is_wrong_and_nothing_of_it) {
  struct {
    const char* file;
    const char* word;
  } cases[] = {
    {"", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"{\"type\":\"\xff\"}", "not a JSON object"},
    {"{}", "type must be"},
    {R"({"type":7})", "type must be"},
    {R"({"type":"service_account"})", "client_email"},
    {R"({"type":"service_account","client_email":"e"})", "private_key"},
    {R"({"type":"service_account","client_email":"e","private_key":"SECRET"})",
     "private_key"},
    {R"({"type":"service_account","client_email":"e","public_key":"SECRET"})",
     "public_key"},
    {R"({"type":"authorized_user","client_id":"c","client_secret":"SECRET"})",
     "refresh_token"},
    {R"({"type":"authorized_user","client_id":"c","refresh_token":"SECRET"})",
     "client_secret"},
    {R"({"type":"external_account"})", "audience"},
    {R"({"type":"external_account","audience":"a","subject_token":7})",
     "subject_token"},
    {R"({"type":"external_account","audience":"a",
         "service_account_impersonation_url":"http://x/y"})",
     "service_account_impersonation_url"},
    {R"({"type":"impersonated_service_account"})",
     "service_account_impersonation_url"},
    {R"({"type":"impersonated_service_account",
         "service_account_impersonation_url":
           "/serviceAccounts/:generateAccessToken"})",
     "service_account_impersonation_url"},
    {R"({"type":"impersonated_service_account",
         "service_account_impersonation_url":
           "/serviceAccounts/e:generateAccessToken"})",
     "source_credentials"},
    {R"({"type":"impersonated_service_account",
         "service_account_impersonation_url":
           "/serviceAccounts/e:generateAccessToken",
         "source_credentials":{"type":"authorized_user"}})",
     "source_credentials: client_id"},
  };
  for (auto& x : cases) {
    credential_book uut;
    auto why = uut.add(x.file);
    EXPECT_NE(why.find(x.word), why.npos) << x.file << ": " << why;
    EXPECT_EQ(why.find("SECRET"), why.npos) << why;
  }
  EXPECT_NE(credential_book{}.add(std::string(100'000, ' ')), "");
}

TEST(credential_book, reads_no_file_that_is_nested_too_deep) {
  auto nested = [](std::size_t levels) {
    return R"({"type":"external_account","audience":"a","more":)"
           + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(credential_book{}.add(nested(64)), "");
  for (auto levels : {65u, 30'000u})
    EXPECT_EQ(credential_book{}.add(nested(levels)),
              "it is not a JSON object of at most 64 levels");
}

TEST(credential_book, is_bounded) {
  credential_book uut;
  auto add = [&](int i) {
    ordered_json file{{"type", "external_account"},
                      {"audience", "a" + std::to_string(i)}};
    return uut.add(file.dump());
  };
  for (auto i = 0; i < 1'000; ++i)
    ASSERT_EQ(add(i), "");
  EXPECT_NE(add(1'000), "");
  EXPECT_EQ(add(999), "");
}

} // namespace
