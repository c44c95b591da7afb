#include "sandbox/token_office.hpp"

#include <gtest/gtest.h>

#include "sandbox/base64url.hpp"
#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using namespace bqs::sandbox::test;
using namespace std::chrono_literals;
using nlohmann::ordered_json;

const char* const own_url = "http://127.0.0.1:9050/token";

struct office : ::testing::Test {
  office() {
    uut.set_mode(token_mode::strict);
    EXPECT_EQ(uut.register_credential(key_file_text()), "");
    EXPECT_EQ(uut.register_credential(user_file), "");
    EXPECT_EQ(uut.register_credential(workload_file), "");
  }

  /// Returns what a grant is refused with.
  template <class F>
  oauth_refusal refused(F f) {
    try {
      f();
    } catch (const oauth_refusal& why) {
      return why;
    }
    return {0, "", ""};
  }

  oauth_refusal refused_assertion(const std::string& token) {
    return refused([&] { uut.grant_assertion(token, own_url); });
  }

  /// As the last, of a genuine token whose claims differ by one.
  oauth_refusal refused_claim(const char* name, const ordered_json& value) {
    auto claims = assertion_claims(now);
    claims[name] = value;
    return refused_assertion(shared_signer().token(claims));
  }

  std::string self_signed(const char* name = "sub",
                          const ordered_json& value = account) {
    auto claims = self_signed_claims(now);
    claims[name] = value;
    return shared_signer().token(claims);
  }

  bool admits(const std::string& token) {
    return uut.admits("Bearer " + token);
  }

  token_office::time_point now{1'800'000'000s};
  int draws = 0;
  token_office uut{{[this] { return now; },
                    [this](std::size_t n) {
                      return std::string(n, static_cast<char>(++draws));
                    }}};
};

TEST_F(office, an_assertion_gets_a_token_that_lets_in) {
  auto x = uut.grant_assertion(shared_signer().token(assertion_claims(now)),
                               own_url);
  EXPECT_EQ(x.text, "ya29.sandbox-" + base64url(std::string(32, 1)));
  EXPECT_EQ(x.lifetime, 3599s);
  EXPECT_TRUE(admits(x.text));
  EXPECT_FALSE(admits(x.text + "x"));
  EXPECT_FALSE(uut.admits(x.text));
  EXPECT_FALSE(uut.admits("Basic " + x.text));
  EXPECT_FALSE(uut.admits(""));
  EXPECT_FALSE(uut.admits("Bearer "));
}

TEST_F(office, a_token_lives_as_long_as_was_said) {
  uut.set_lifetime(60s);
  auto x = uut.grant_refresh("again", "client", "shh");
  EXPECT_EQ(x.lifetime, 60s);
  now += 59s;
  EXPECT_TRUE(admits(x.text));
  now += 1s;
  EXPECT_FALSE(admits(x.text));
}

TEST_F(office, takes_its_own_url_as_audience_whatever_the_scheme) {
  for (auto good :
       {"http://127.0.0.1:9050/token", "https://127.0.0.1:9050/token"})
    EXPECT_EQ(refused_claim("aud", good).status, 0) << good;
  for (auto bad : {"", "ftp://127.0.0.1:9050/token", "127.0.0.1:9050/token",
                   "http://127.0.0.1:9051/token", "http://127.0.0.1:9050/",
                   "https://bigquery.googleapis.com/"}) {
    auto why = refused_claim("aud", bad);
    EXPECT_EQ(why.error, "invalid_grant") << bad;
    EXPECT_NE(why.description.find("audience"), std::string::npos) << bad;
  }
}

TEST_F(office, an_assertion_is_refused_in_the_services_words) {
  auto stranger = refused_claim("iss", "other@p");
  EXPECT_EQ(stranger.status, 400);
  EXPECT_EQ(stranger.error, "invalid_grant");
  EXPECT_EQ(stranger.description, "Invalid grant: account not found");
  auto forged = refused_assertion(signer{}.token(assertion_claims(now)));
  EXPECT_EQ(forged.description, "Invalid JWT Signature.");
  EXPECT_EQ(refused_claim("sub", "boss@example.com").error,
            "unauthorized_client");
  EXPECT_EQ(refused_claim("sub", "boss@example.com").status, 401);
  EXPECT_EQ(refused_claim("sub", account).status, 0);
  EXPECT_EQ(refused_claim("scope", "").error, "invalid_scope");
  EXPECT_EQ(refused_claim("scope", "bigquery").error, "invalid_scope");
}

TEST_F(office, an_assertion_is_short_lived_and_of_our_time) {
  auto at = seconds_of(now);
  for (auto [from, to] : {std::pair{at, at + 3601},
                          {at + 301, at + 3601},
                          {at - 3900, at - 300},
                          {at, at},
                          {at, at - 1}}) {
    auto claims = assertion_claims(now);
    claims["iat"] = from;
    claims["exp"] = to;
    auto why = refused_assertion(shared_signer().token(claims));
    EXPECT_TRUE(why.description.starts_with(
      "Invalid JWT: Token must be a short-lived token (60 minutes)"))
      << from - at << " " << to - at;
  }
  for (auto [from, to] :
       {std::pair{at + 300, at + 3900}, {at - 3600, at - 299}, {at, at + 1}}) {
    auto claims = assertion_claims(now);
    claims["iat"] = from;
    claims["exp"] = to;
    EXPECT_EQ(refused_assertion(shared_signer().token(claims)).status, 0)
      << from - at << " " << to - at;
  }
}

TEST_F(office, hostile_assertions_get_nothing) {
  auto claims = assertion_claims(now);
  auto good = shared_signer().token(claims);
  auto body = base64url(claims.dump());
  auto none = base64url(R"({"alg":"none"})") + "." + body + ".";
  // Signed by HMAC with what everybody knows: the algorithm decides.
  auto hmac = base64url(R"({"alg":"HS256"})") + "." + body + "."
              + base64url(std::string(32, 'h'));
  auto wrong_kid
    = shared_signer().token({{"alg", "RS256"}, {"kid", "k2"}}, claims);
  auto swapped
    = good.substr(0, good.rfind('.') + 1) + good.substr(0, good.find('.'));
  for (auto& bad :
       {none, hmac, wrong_kid, swapped, std::string{},
        std::string{"\xff.\xff.\xff"}, good.substr(0, 100), good + "A",
        std::string(1'000'000, 'a'), good + std::string(20'000, 'A')}) {
    auto why = refused_assertion(bad);
    EXPECT_EQ(why.error, "invalid_grant") << bad.substr(0, 50);
    EXPECT_EQ(why.status, 400);
  }
}

TEST_F(office, a_refresh_token_needs_its_client) {
  EXPECT_TRUE(admits(uut.grant_refresh("again", "client", "shh").text));
  auto why = refused([&] { uut.grant_refresh("old", "client", "shh"); });
  EXPECT_EQ(why.error, "invalid_grant");
  EXPECT_EQ(why.description, "Token has been expired or revoked.");
  why = refused([&] { uut.grant_refresh("again", "client", "guess"); });
  EXPECT_EQ(why.status, 401);
  EXPECT_EQ(why.error, "invalid_client");
  why = refused([&] { uut.grant_refresh("again", "other", "shh"); });
  EXPECT_EQ(why.error, "invalid_client");
  EXPECT_EQ(uut.register_credential(
              R"({"type":"authorized_user","client_id":"second",
                  "client_secret":"s","refresh_token":"r"})"),
            "");
  why = refused([&] { uut.grant_refresh("again", "second", "s"); });
  EXPECT_EQ(why.error, "unauthorized_client");
}

TEST_F(office, a_workload_trades_its_subject_token) {
  EXPECT_TRUE(admits(uut.grant_exchange("//iam/pool", "subject", "").text));
  EXPECT_EQ(refused([&] { uut.grant_exchange("//iam/pool", "no", ""); }).error,
            "invalid_grant");
  EXPECT_EQ(
    refused([&] { uut.grant_exchange("//iam/no", "subject", ""); }).error,
    "invalid_target");
}

TEST_F(office, a_client_of_a_workload_shows_its_secret) {
  auto file = R"({"type":"external_account","audience":"//iam/client",
                  "client_id":"c~","client_secret":"s?>"})";
  EXPECT_EQ(uut.register_credential(file), "");
  auto ask = [&](std::string_view shown) {
    return refused([&] { uut.grant_exchange("//iam/client", "x", shown); });
  };
  EXPECT_EQ(ask("Basic Y346cz8+").status, 0);
  for (auto mode : {token_mode::strict, token_mode::any}) {
    uut.set_mode(mode);
    for (auto wrong : {"", "Basic ", "Basic Yzpz", "Bearer Y346cz8+"}) {
      auto why = ask(wrong);
      EXPECT_EQ(why.status, 401) << wrong;
      EXPECT_EQ(why.error, "invalid_client") << wrong;
    }
  }
  // The others have none.
  uut.grant_exchange("//iam/pool", "subject", "Basic Yzpz");
}

TEST_F(office, without_strictness_strangers_get_tokens_but_no_forgers) {
  uut.set_mode(token_mode::any);
  EXPECT_EQ(refused_claim("iss", "other@p").status, 0);
  uut.grant_refresh("unknown", "unknown", "unknown");
  uut.grant_exchange("unknown", "unknown", "");
  EXPECT_EQ(
    refused_assertion(signer{}.token(assertion_claims(now))).description,
    "Invalid JWT Signature.");
  EXPECT_EQ(refused([&] { uut.grant_refresh("again", "client", "x"); }).error,
            "invalid_client");
  EXPECT_EQ(refused([&] { uut.grant_exchange("//iam/pool", "x", ""); }).error,
            "invalid_grant");
  EXPECT_TRUE(uut.admits(""));
  EXPECT_TRUE(uut.admits("anything"));
}

TEST_F(office, self_signed_tokens_of_both_forms_let_in) {
  EXPECT_TRUE(admits(self_signed()));
  auto claims = self_signed_claims(now);
  claims.erase("scope");
  EXPECT_FALSE(admits(shared_signer().token(claims)));
  claims["aud"] = "https://bigquery.googleapis.com/";
  auto token = shared_signer().token(claims);
  EXPECT_TRUE(admits(token));
  now += 3599s;
  EXPECT_TRUE(admits(token));
  now += 1s;
  EXPECT_FALSE(admits(token));
}

TEST_F(office, self_signed_tokens_that_are_wrong_do_not) {
  EXPECT_FALSE(admits(self_signed("sub", "boss@example.com")));
  EXPECT_FALSE(
    admits(self_signed("aud", "https://oauth2.googleapis.com/token")));
  EXPECT_FALSE(admits(self_signed("aud", "https://bigquery.googleapis.com")));
  EXPECT_FALSE(admits(self_signed("iat", seconds_of(now) + 301)));
  EXPECT_FALSE(admits(self_signed("exp", seconds_of(now) + 3601)));
  EXPECT_FALSE(admits(self_signed("exp", seconds_of(now))));
  EXPECT_FALSE(admits(signer{}.token(self_signed_claims(now))));
  // An assertion is for the token endpoint.
  EXPECT_FALSE(admits(shared_signer().token(assertion_claims(now))));
}

TEST_F(office, what_is_revoked_lets_nobody_in) {
  auto first = uut.grant_refresh("again", "client", "shh").text;
  auto second = uut.grant_exchange("//iam/pool", "subject", "").text;
  auto third = self_signed();
  EXPECT_TRUE(admits(third));
  EXPECT_EQ(uut.revoke("ann@example.com", ""), 1u);
  EXPECT_FALSE(admits(first));
  EXPECT_TRUE(admits(second));
  auto id = uut.show_tokens()["tokens"][1]["id"].get<std::string>();
  EXPECT_EQ(uut.revoke("", id), 1u);
  EXPECT_FALSE(admits(second));
  EXPECT_TRUE(admits(third));
  EXPECT_EQ(uut.revoke("", ""), 1u);
  EXPECT_FALSE(admits(third));
  EXPECT_TRUE(admits(uut.grant_refresh("again", "client", "shh").text));
}

TEST_F(office, who_is_forgotten_is_out) {
  auto issued = uut.grant_refresh("again", "client", "shh").text;
  auto signed_by_key = self_signed();
  EXPECT_TRUE(admits(signed_by_key));
  EXPECT_TRUE(uut.forget_account("ann@example.com"));
  EXPECT_TRUE(uut.forget_account(account));
  EXPECT_FALSE(uut.forget_account(account));
  EXPECT_FALSE(admits(issued));
  EXPECT_FALSE(admits(signed_by_key));
  EXPECT_FALSE(admits(self_signed("iat", seconds_of(now) - 1)));
}

TEST_F(office, impersonation_is_for_those_who_may) {
  auto ann = "Bearer " + uut.grant_refresh("again", "client", "shh").text;
  auto pool = "Bearer " + uut.grant_exchange("//iam/pool", "subject", "").text;
  EXPECT_TRUE(uut.may_impersonate(pool, "target@p"));
  EXPECT_FALSE(uut.may_impersonate(pool, "other@p"));
  EXPECT_FALSE(uut.may_impersonate(ann, "target@p"));
  EXPECT_FALSE(uut.may_impersonate("", "target@p"));
  auto x = uut.grant("target@p", "generateAccessToken", 60s);
  EXPECT_EQ(x.lifetime, 60s);
  EXPECT_EQ(x.expires, now + 60s);
  EXPECT_TRUE(admits(x.text));
}

TEST_F(office, a_list_is_all_there_is) {
  auto issued = uut.grant_refresh("again", "client", "shh").text;
  uut.accept_only({"a", "b", ""});
  EXPECT_TRUE(admits("a"));
  EXPECT_FALSE(admits(""));
  EXPECT_FALSE(uut.admits(""));
  EXPECT_FALSE(admits(issued));
  EXPECT_FALSE(admits(self_signed()));
  uut.set_mode(token_mode::strict);
  EXPECT_FALSE(admits("a"));
  EXPECT_TRUE(admits(issued));
}

TEST_F(office, shows_no_token) {
  auto x = uut.grant_refresh("again", "client", "shh");
  auto shown = uut.show_tokens();
  EXPECT_EQ(shown["mode"], "strict");
  EXPECT_EQ(shown["lifetime_seconds"], 3599);
  EXPECT_EQ(shown["tokens"][0]["account"], "ann@example.com");
  EXPECT_EQ(shown["tokens"][0]["grant"], "refresh_token");
  EXPECT_EQ(shown["tokens"][0]["expires"], "2027-01-15T08:59:59Z");
  EXPECT_EQ(shown["tokens"][0]["revoked"], false);
  EXPECT_EQ(shown.dump().find(x.text), std::string::npos);
}

} // namespace
