// Each type of credentials against an endpoint: what it sends, and what it
// makes of what comes back.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/credentials.hpp"
#include "http/form.hpp"
#include "tests/environment.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/scratch.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::answer_text;
using test::authority;
using test::fake_server;
using test::peer;

constexpr auto issued
  = R"({"access_token":"ya29.t","expires_in":3600,"token_type":"Bearer"})";
constexpr auto impersonated
  = R"({"accessToken":"ya29.i","expireTime":"2023-11-14T23:13:20Z"})";

struct request {
  std::string head;
  std::string body;
};

/// Keeps what is asked in `seen`, and answers it; hangs up if `text` is empty.
test::script replying(request& seen, const std::string& text) {
  return [&seen, text](peer& client) {
    seen.head = client.read_head();
    seen.body = client.read_body(seen.head);
    if (text.empty())
      return;
    client.send(text);
    client.drain();
  };
}

/// An endpoint that answers each connection in turn, and the file that leads
/// there.
class token_makers : public ::testing::Test {
protected:
  token_makers() {
    variables_.unset({"GOOGLE_CLOUD_QUOTA_PROJECT",
                      "GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK"});
    variables_.set("CLOUDSDK_CONFIG", files_.path());
    variables_.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
  }

  void serve(const std::vector<std::string>& answers) {
    std::vector<test::script> scripts;
    seen_.assign(answers.size(), {});
    for (std::size_t i = 0; i < answers.size(); ++i)
      scripts.push_back(replying(seen_[i], answers[i]));
    server_.emplace(std::move(scripts));
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }

  /// What the n-th request was, once it is over.
  const request& seen(std::size_t n) {
    server_->await_finished(n + 1);
    return seen_[n];
  }

  std::variant<token, std::string> fetch(const json& file,
                                         credential_options options = {}) {
    options.source = files_.write("c.json", file.dump());
    return fetch(options);
  }

  std::variant<token, std::string> fetch(const credential_options& options) {
    options_ = options;
    options_.scopes = {"https://a/s", "https://a/t"};
    options_.service_host = "127.0.0.1";
    auto opened = open_credentials(options_, [] {
      return std::chrono::system_clock::time_point{1'700'000'000s};
    });
    if (auto* why = std::get_if<open_fault>(&opened))
      return why->text;
    auto result = std::get<std::unique_ptr<credentials>>(opened)->fetch();
    return result;
  }

  json user() const {
    return user_of(url("/token"));
  }

  static json user_of(const std::string& endpoint) {
    return {{"type", "authorized_user"},  {"client_id", "id"},
            {"client_secret", "s&cret="}, {"refresh_token", "1//refresh"},
            {"token_uri", endpoint},      {"quota_project_id", "payer"}};
  }

  json workload(const json& source) const {
    return {{"type", "external_account"},
            {"audience", "//iam.googleapis.com/p"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"token_url", url("/v1/token")},
            {"credential_source", source}};
  }

  std::string impersonation() const {
    return url(
      "/v1/projects/-/serviceAccounts/a@p.example:generateAccessToken");
  }

  bqs::test::environment variables_;
  bqs::test::scratch files_;
  std::vector<request> seen_;
  credential_options options_;
  // Last: it ends before what its thread writes to.
  std::optional<fake_server> server_;
};

std::string ok(const char* body) {
  return answer_text(200, body);
}

token got(const std::variant<token, std::string>& x) {
  if (auto* why = std::get_if<std::string>(&x)) {
    ADD_FAILURE() << *why;
    return {};
  }
  return std::get<token>(x);
}

std::string why(const std::variant<token, std::string>& x) {
  auto* line = std::get_if<std::string>(&x);
  return line != nullptr ? *line : "a token";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(token_makers, a_user_shows_the_refresh_token) {
  serve({ok(issued)});
  auto x = got(fetch(user()));
  EXPECT_EQ(x.value, "ya29.t");
  EXPECT_EQ(x.lifetime, 3540s);
  EXPECT_EQ(x.quota_project, "payer");
  EXPECT_EQ(seen(0).head.find("POST /token HTTP/1.1\r\n"), 0u);
  EXPECT_TRUE(contains(seen(0).head,
                       "Content-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_EQ(seen(0).body, "grant_type=refresh_token&client_id=id&client_secret="
                          "s%26cret%3D&refresh_token=1%2F%2Frefresh");
}

TEST_F(token_makers, a_refusal_says_why_and_repeats_no_secret) {
  serve({answer_text(400, R"({"error":"invalid_grant","error_description":)"
                          R"("Token 1//refresh of s&cret= is over."})"),
         answer_text(302, "", "Location: http://127.0.0.1:1/steal\r\n"),
         answer_text(200, std::string(100'000, ' '))});
  EXPECT_EQ(why(fetch(user())), url("")
                                  + ": HTTP 400, invalid_grant: Token [...] of "
                                    "[...] is over.");
  EXPECT_EQ(why(fetch(user())),
            url("") + ": HTTP 302, and redirects are not followed");
  EXPECT_TRUE(contains(why(fetch(user())), "too large"));
}

TEST_F(token_makers, a_short_life_is_not_all_spared) {
  serve({ok(R"({"access_token":"t","expires_in":5})"),
         ok(R"({"access_token":"t","expires_in":1})")});
  EXPECT_EQ(got(fetch(user())).lifetime, 4s);
  EXPECT_EQ(got(fetch(user())).lifetime, 1s);
}

TEST_F(token_makers, a_workload_exchanges_what_its_file_holds) {
  serve({ok(issued), ok(issued)});
  auto path = files_.write("subject", "sub/ject\n");
  EXPECT_EQ(got(fetch(workload({{"file", path}}))).value, "ya29.t");
  EXPECT_EQ(seen(0).head.find("POST /v1/token HTTP/1.1\r\n"), 0u);
  EXPECT_EQ(
    seen(0).body,
    encode_form(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
       {"audience", "//iam.googleapis.com/p"},
       {"scope", "https://a/s https://a/t"},
       {"requested_token_type",
        "urn:ietf:params:oauth:token-type:access_token"},
       {"subject_token", "sub/ject"},
       {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"}}));
  files_.write("subject", R"({"a":"b","t":"in-json"})");
  auto file = workload(
    {{"file", path},
     {"format", {{"type", "json"}, {"subject_token_field_name", "t"}}}});
  file["workforce_pool_user_project"] = "pool";
  got(fetch(file));
  EXPECT_TRUE(contains(seen(1).body, "&subject_token=in-json&"));
  EXPECT_TRUE(contains(seen(1).body,
                       "&options=" + encode_form(R"({"userProject":"pool"})")));
}

TEST_F(token_makers, a_workload_may_be_a_client_with_a_secret) {
  serve({ok(issued), ok(issued),
         answer_text(401, R"({"error":"invalid_client","error_description":)"
                          R"("Not c11ent/s3cret or YzExZW50LTE6YzExZW50!"})")});
  auto file = workload({{"file", files_.write("subject", "s")}});
  file["workforce_pool_user_project"] = "pool";
  file["client_id"] = "c11ent-1";
  got(fetch(file)); // by its name alone
  EXPECT_TRUE(
    contains(seen(0).head, "\r\nAuthorization: Basic YzExZW50LTE6\r\n"));
  file["client_secret"] = "c11ent/s3cret";
  got(fetch(file));
  EXPECT_TRUE(
    contains(seen(1).head,
             "\r\nAuthorization: Basic YzExZW50LTE6YzExZW50L3MzY3JldA==\r\n"));
  // Whose project it is says the client.
  EXPECT_FALSE(contains(seen(1).body, "options="));
  EXPECT_FALSE(contains(seen(1).body, "c11ent"));
  EXPECT_EQ(why(fetch(file)),
            url("") + ": HTTP 401, invalid_client: Not [...] or [...]!");
}

TEST_F(token_makers, whoever_is_asked_hears_who_asks) {
  serve({ok("subject"), ok(issued), ok("subject")});
  auto file = workload({{"url", url("/id")}});
  got(fetch(file));
  for (auto i : {0u, 1u}) {
    auto& head = seen(i).head;
    EXPECT_TRUE(contains(head, "\r\nUser-Agent: bqstreamer/")) << head;
    EXPECT_FALSE(contains(head, "httplib")) << head;
  }
  file["credential_source"]["headers"] = {{"user-agent", "mine"}};
  fetch(file);
  EXPECT_TRUE(contains(seen(2).head, "\r\nuser-agent: mine\r\n"));
  EXPECT_FALSE(contains(seen(2).head, "bqstreamer"));
}

TEST_F(token_makers, a_subject_token_that_is_not_there_is_told) {
  serve({});
  auto path = files_.path("subject");
  auto file = workload({{"file", path}});
  EXPECT_EQ(why(fetch(file)), "cannot read the subject token in " + path
                                + ": No such file or directory");
  files_.write("subject", " \n");
  EXPECT_TRUE(contains(why(fetch(file)), path + " is empty"));
  file["credential_source"]["format"]
    = {{"type", "json"}, {"subject_token_field_name", "t"}};
  auto deep = R"({"t":"SECRET","x":)" + std::string(64, '[')
              + std::string(64, ']') + "}";
  auto ended = std::string{R"({"t":"SECRET"})"} + '\0';
  for (auto& text : {std::string{"SECRET"}, std::string{"[]"},
                     std::string{R"({"t":7,"x":"SECRET"})"}, deep, ended}) {
    files_.write("subject", text);
    auto line = why(fetch(file));
    EXPECT_TRUE(contains(line, path)) << line;
    EXPECT_FALSE(contains(line, "SECRET")) << line;
    EXPECT_EQ(contains(line, "is nested too deep"), text == deep) << line;
  }
}

TEST_F(token_makers, a_workload_asks_a_url_for_its_token) {
  serve({answer_text(200, "subject"), ok(issued),
         answer_text(500, "h1dden-key"),
         answer_text(403, R"({"error":"h1dden-key"})")});
  auto file
    = workload({{"url", url("/id?x=y")}, {"headers", {{"K", "h1dden-key"}}}});
  EXPECT_EQ(got(fetch(file)).value, "ya29.t");
  EXPECT_EQ(seen(0).head.find("GET /id?x=y HTTP/1.1\r\n"), 0u);
  EXPECT_TRUE(contains(seen(0).head, "\r\nK: h1dden-key\r\n"));
  EXPECT_TRUE(contains(seen(1).body, "&subject_token=subject&"));
  EXPECT_EQ(why(fetch(file)), "the subject token's " + url("") + ": HTTP 500");
  EXPECT_EQ(why(fetch(file)), "the subject token's " + url("") + ": HTTP 403");
}

TEST_F(token_makers, a_workload_acts_as_a_service_account) {
  serve({ok(issued), ok(impersonated)});
  auto file = workload({{"file", files_.write("subject", "s")}});
  file["service_account_impersonation_url"] = impersonation();
  file["service_account_impersonation"] = {{"token_lifetime_seconds", 1200}};
  auto x = got(fetch(file));
  EXPECT_EQ(x.value, "ya29.i");
  EXPECT_EQ(x.lifetime, 3540s);
  EXPECT_TRUE(contains(
    seen(0).body,
    "&scope=" + encode_form("https://www.googleapis.com/auth/cloud-platform")));
  EXPECT_EQ(seen(1).head.find("POST /v1/projects/-/serviceAccounts/"
                              "a@p.example:generateAccessToken HTTP"),
            0u);
  EXPECT_TRUE(contains(seen(1).head, "\r\nAuthorization: Bearer ya29.t\r\n"));
  EXPECT_EQ(
    json::parse(seen(1).body),
    (json{{"scope", {"https://a/s", "https://a/t"}}, {"lifetime", "1200s"}}));
}

TEST_F(token_makers, an_account_may_be_named_by_its_number) {
  serve({ok(issued), ok(impersonated)});
  auto file = workload({{"file", files_.write("subject", "s")}});
  auto path = "/v1/projects/-/serviceAccounts/1234:generateAccessToken";
  file["service_account_impersonation_url"] = url(path);
  EXPECT_EQ(got(fetch(file)).value, "ya29.i");
  EXPECT_TRUE(contains(seen(1).head, path)) << seen(1).head;
}

TEST_F(token_makers, an_impersonation_names_its_delegates) {
  serve({ok(issued), ok(impersonated), ok(issued),
         answer_text(403, R"({"error":{"status":"PERMISSION_DENIED",)"
                          R"("message":"Not with ya29.t!!"}})")});
  json file{{"type", "impersonated_service_account"},
            {"service_account_impersonation_url", impersonation()},
            {"delegates", {"projects/-/serviceAccounts/d@p"}},
            {"source_credentials", user()}};
  EXPECT_EQ(got(fetch(file)).value, "ya29.i");
  EXPECT_EQ(json::parse(seen(1).body).at("delegates"),
            json{"projects/-/serviceAccounts/d@p"});
  auto line = why(fetch(file));
  EXPECT_EQ(line, url("")
                    + " for a@p.example: HTTP 403, PERMISSION_DENIED: Not "
                      "with [...]!!");
}

TEST_F(token_makers, the_settings_impersonate_on_top) {
  serve({ok(issued), ok(impersonated), ok(impersonated)});
  json file{{"type", "impersonated_service_account"},
            {"service_account_impersonation_url", impersonation()},
            {"source_credentials", user()}};
  credential_options options;
  options.impersonate = impersonation();
  options.delegates = {"d@p", "projects/-/serviceAccounts/e@p"};
  got(fetch(file, options));
  EXPECT_TRUE(contains(seen(1).body, "auth/cloud-platform"));
  EXPECT_TRUE(contains(seen(2).head, "\r\nAuthorization: Bearer ya29.i\r\n"));
  EXPECT_EQ(
    json::parse(seen(2).body).at("delegates"),
    (json{"projects/-/serviceAccounts/d@p", "projects/-/serviceAccounts/e@p"}));
}

TEST_F(token_makers, the_settings_impersonate_on_top_of_a_machine) {
  auto flavor = std::string{"Metadata-Flavor: Google\r\n"};
  serve({answer_text(200, "googleapis.com", flavor),
         answer_text(200, issued, flavor), ok(impersonated)});
  variables_.set("GCE_METADATA_HOST",
                 "127.0.0.1:" + std::to_string(server_->port()));
  credential_options options;
  options.impersonate = impersonation();
  EXPECT_EQ(got(fetch(options)).value, "ya29.i");
  auto all = encode_form("https://www.googleapis.com/auth/cloud-platform");
  EXPECT_TRUE(contains(seen(1).head, "?scopes=" + all + " HTTP"));
  EXPECT_TRUE(contains(seen(2).head, "\r\nAuthorization: Bearer ya29.t\r\n"));
}

TEST_F(token_makers, a_machine_at_google_is_asked_with_its_flavor) {
  auto flavor = std::string{"Metadata-Flavor: Google\r\n"};
  serve({answer_text(200, "googleapis.com", flavor),
         answer_text(200, issued, flavor), answer_text(404, "", flavor),
         answer_text(200, issued), answer_text(200, "googleapis.com")});
  variables_.set("GCE_METADATA_HOST",
                 "127.0.0.1:" + std::to_string(server_->port()));
  EXPECT_EQ(got(fetch(credential_options{})).value, "ya29.t");
  EXPECT_EQ(
    seen(0).head.find("GET /computeMetadata/v1/universe/universe-domain "
                      "HTTP/1.1\r\n"),
    0u);
  EXPECT_EQ(seen(1).head.find(
              "GET /computeMetadata/v1/instance/service-accounts/default/token"
              "?scopes=https%3A%2F%2Fa%2Fs,https%3A%2F%2Fa%2Ft HTTP/1.1\r\n"),
            0u);
  EXPECT_TRUE(contains(seen(1).head, "\r\n" + flavor));
  // Whoever else answers is not believed.
  EXPECT_TRUE(contains(why(fetch(credential_options{})),
                       "the answer is not from a metadata server"));
  EXPECT_TRUE(
    contains(why(fetch(credential_options{})), "is no metadata server"));
}

TEST_F(token_makers, a_machine_at_google_is_asked_three_times) {
  auto flavor = std::string{"Metadata-Flavor: Google\r\n"};
  serve({"", answer_text(503, "", flavor),
         answer_text(200, "googleapis.com", flavor),
         answer_text(200, issued, flavor), "", "",
         answer_text(503, "", flavor)});
  variables_.set("GCE_METADATA_HOST",
                 "127.0.0.1:" + std::to_string(server_->port()));
  EXPECT_EQ(got(fetch(credential_options{})).value, "ya29.t");
  // And no more; it may go well at another time.
  auto opened = open_credentials(options_);
  auto* fault = std::get_if<open_fault>(&opened);
  ASSERT_NE(fault, nullptr);
  EXPECT_TRUE(contains(fault->text, "answers with status 503")) << fault->text;
  EXPECT_TRUE(fault->may_pass);
  EXPECT_EQ(server_->connections(), 7u);
  variables_.set("GCE_METADATA_HOST", "evil.com");
  opened = open_credentials(options_);
  EXPECT_FALSE(std::get<open_fault>(opened).may_pass);
}

// -- over TLS -----------------------------------------------------------------

std::string url_of(const fake_server& x) {
  return "https://127.0.0.1:" + std::to_string(x.port());
}

TEST_F(token_makers, an_endpoint_by_https_is_of_the_authority_in_ca_file) {
  auto context = authority().serve("x", "IP:127.0.0.1");
  request first;
  request second;
  fake_server server{
    {replying(first, ok(issued)), replying(second, ok(issued))}, context.get()};
  auto file = user_of(url_of(server) + "/token");
  credential_options options;
  options.transport.tls.ca_file = authority().file();
  EXPECT_EQ(got(fetch(file, options)).value, "ya29.t");
  test::test_authority others;
  options.transport.tls.ca_file = others.file();
  EXPECT_EQ(why(fetch(file, options)),
            url_of(server)
              + ": nothing sent: TLS with 127.0.0.1 failed: certificate not "
                "accepted: unable to get local issuer certificate");
  server.await_finished(2);
  EXPECT_TRUE(contains(first.body, "&refresh_token=1%2F%2Frefresh"));
  EXPECT_EQ(second.head + second.body, "");
}

TEST_F(token_makers, an_endpoint_that_asks_sees_the_client_certificate) {
  test::test_authority clients;
  auto context = test::asking(authority().serve("x", "IP:127.0.0.1"), clients);
  auto node = files_.path("node");
  clients.issue(node);
  request seen;
  fake_server server{{replying(seen, ok(issued)), replying(seen, ok(issued))},
                     context.get()};
  auto file = user_of(url_of(server) + "/token");
  credential_options options;
  options.transport.tls = {authority().file(), node + ".crt", node + ".key"};
  EXPECT_EQ(got(fetch(file, options)).value, "ya29.t");
  options.transport.tls = {authority().file(), {}, {}};
  auto line = why(fetch(file, options));
  EXPECT_TRUE(contains(line, "TLS")) << line;
}

TEST_F(token_makers, a_proxy_on_the_way_to_an_endpoint_learns_no_secret) {
  auto context = authority().serve("x", "DNS:tokens.example");
  std::string asked;
  request seen;
  fake_server server{
    {test::proxying(asked, context.get(), replying(seen, ok(issued)))}};
  credential_options options;
  options.allowed_hosts = {"tokens.example"};
  options.transport.tls.ca_file = authority().file();
  auto proxy = "http://user:pass@127.0.0.1:" + std::to_string(server.port());
  options.transport.proxy = std::get<proxy_rules>(proxy_rules::read(proxy));
  auto x = fetch(user_of("https://tokens.example/token"), options);
  EXPECT_EQ(got(x).value, "ya29.t");
  ASSERT_EQ(server.connections(), 1u);
  server.await_finished(1);
  EXPECT_EQ(asked, "CONNECT tokens.example:443 HTTP/1.1\r\n"
                   "Host: tokens.example:443\r\n"
                   "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
  EXPECT_EQ(seen.head.find("POST /token HTTP/1.1\r\n"), 0u);
  EXPECT_FALSE(contains(seen.head, "Proxy-Authorization"));
  EXPECT_TRUE(contains(seen.body, "&refresh_token=1%2F%2Frefresh"));
}

// -- executables --------------------------------------------------------------

class executables : public token_makers {
protected:
  /// @param script prints what an executable says.
  json running(const std::string& script, const std::string& output_file = {}) {
    auto path = files_.write("program", "#!/bin/sh\n" + script);
    ::chmod(path.c_str(), 0700);
    json what{{"command", path + " one  two"}};
    if (!output_file.empty())
      what["output_file"] = output_file;
    return workload({{"executable", what}});
  }

  static std::string says(const json& object) {
    return "echo '" + object.dump() + "'\n";
  }

  static json success(const char* value, std::int64_t ends = 1'700'000'100) {
    return {{"version", 1},
            {"success", true},
            {"token_type", "urn:ietf:params:oauth:token-type:id_token"},
            {"id_token", value},
            {"expiration_time", ends}};
  }
};

TEST_F(executables, give_the_subject_token) {
  serve({ok(issued), ok(issued)});
  auto file = running(
    "echo \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE "
    "$GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE $GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE "
    "$# $1 $2\" >"
    + files_.path("told") + "\n" + says(success("by-program")));
  got(fetch(file));
  EXPECT_TRUE(contains(seen(0).body, "&subject_token=by-program&"));
  EXPECT_EQ(bqs::test::text_of(files_.path("told")),
            "//iam.googleapis.com/p urn:ietf:params:oauth:token-type:jwt 0 2 "
            "one two\n");
  auto saml = success("");
  saml["token_type"] = "urn:ietf:params:oauth:token-type:saml2";
  saml["saml_response"] = "by-saml";
  got(fetch(running(says(saml))));
  EXPECT_TRUE(contains(seen(1).body, "&subject_token=by-saml&"));
}

TEST_F(executables, hear_whom_to_act_as_and_where_to_keep_it) {
  serve({ok(issued), ok(impersonated), ok(issued), ok(impersonated)});
  auto kept = files_.path("kept");
  for (std::string account : {"a@p.example", "1234"}) {
    auto file
      = running("echo \"$GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL "
                "$GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE\" >"
                  + files_.path("told") + "\n" + says(success("by-program")),
                kept);
    file["service_account_impersonation_url"] = url(
      "/v1/projects/-/serviceAccounts/" + account + ":generateAccessToken");
    EXPECT_EQ(got(fetch(file)).value, "ya29.i");
    EXPECT_EQ(bqs::test::text_of(files_.path("told")),
              account + " " + kept + "\n");
  }
}

TEST_F(executables, are_not_run_while_their_file_is_good) {
  serve({ok(issued), ok(issued)});
  auto path = files_.write("kept", success("by-file").dump());
  auto file = running(says(success("by-program")), path);
  got(fetch(file));
  EXPECT_TRUE(contains(seen(0).body, "&subject_token=by-file&"));
  files_.write("kept", success("by-file", 1'700'000'000).dump());
  got(fetch(file));
  EXPECT_TRUE(contains(seen(1).body, "&subject_token=by-program&"));
}

TEST_F(executables, that_fail_are_told_without_their_words) {
  serve({});
  auto expect = [this](const std::string& script, const std::string& words) {
    auto line = why(fetch(running(script)));
    EXPECT_EQ(line, "the executable " + files_.path("program") + " " + words);
  };
  expect("echo SECRET; echo SECRET >&2", "does not print a JSON object");
  expect("echo SECRET; exit 7", "ended with code 7");
  expect("echo '{\"version\":" + std::string(64, '[') + std::string(64, ']')
           + "}'",
         "prints what is nested too deep");
  expect("echo '" + success("SECRET").dump() + "'; printf '\\0'",
         "does not print a JSON object");
  expect(says({{"version", 2}}), "prints a version other than 1");
  expect(says({{"version", 1}}), "prints no success");
  expect(says({{"version", 1},
               {"success", false},
               {"code", "401"},
               {"message", "SECRET"}}),
         "failed with code 401");
  for (auto code : {"AADSTS70011", "INVALID_CREDENTIALS", "timeout"})
    expect(says({{"version", 1}, {"success", false}, {"code", code}}),
           std::string{"failed with code "} + code);
  for (auto code : {"a SECRET", "", "Kd3JfPq6WnUe5", "eyJzdWIiOiJVb1A0eEcyYSJ9",
                    "A23456789012345678901234567890123456789x"})
    expect(says({{"version", 1}, {"success", false}, {"code", code}}),
           "failed");
  expect(says(success("SECRET", 1'600'000'000)),
         "prints a token that has ended");
  expect(says(success("")), "prints no id_token");
  auto other = success("SECRET");
  other["token_type"] = "SECRET";
  expect(says(other), "prints a token_type that is not known");
}

} // namespace

} // namespace bqs::http
