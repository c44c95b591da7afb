// A node with each type of credentials against a sandbox that looks at tokens.

#include <sys/stat.h>

#include <httplib.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "tests/end_to_end/stage.hpp"
#include "tests/http/fake_server.hpp"

using namespace bqs::test;

namespace {

using nlohmann::json;

struct credentials : stage {
  credentials() : key(files.path("key.json")) {
    // Of whoever runs the test.
    variables.unset({"GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST",
                     "GOOGLE_CLOUD_QUOTA_PROJECT", "NO_GCE_CHECK"});
    variables.set("CLOUDSDK_CONFIG", files.path());
    variables.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(box_port) + path;
  }

  std::string impersonation() const {
    return url("/v1/projects/-/serviceAccounts/a@test.example"
               ":generateAccessToken");
  }

  json user() const {
    return {{"type", "authorized_user"},
            {"client_id", "id"},
            {"client_secret", "client secret"},
            {"refresh_token", "1//refresh"},
            {"token_uri", url("/token")}};
  }

  json workload(const json& source) const {
    return {{"type", "external_account"},
            {"audience", "//iam.googleapis.com/test"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"token_url", url("/v1/token")},
            {"credential_source", source},
            {"subject_token", "subject"}}; // for the sandbox alone
  }

  json workload_with_account() const {
    auto result = workload({{"file", files.write("subject", "subject")}});
    result["service_account_impersonation_url"] = impersonation();
    return result;
  }

  json impersonated_account() const {
    return {{"type", "impersonated_service_account"},
            {"service_account_impersonation_url", impersonation()},
            {"source_credentials", user()}};
  }

  /// Has the sandbox know a credential; returns the path of its file.
  std::string enroll(const json& file) const {
    httplib::Client to_box{"127.0.0.1", box_port};
    auto done
      = to_box.Post("/sandbox/credentials", file.dump(), "application/json");
    EXPECT_TRUE(done && done->status == 200) << file.at("type");
    return files.write("credential.json", file.dump());
  }

  /// What the sandbox says of each token that has not ended, such as its `id`.
  std::set<std::string> known_tokens(const std::string& member) const {
    httplib::Client to_box{"127.0.0.1", box_port};
    std::set<std::string> result;
    auto found = to_box.Get("/sandbox/tokens");
    auto known = json::parse(found ? found->body : R"({"tokens":[]})");
    for (auto& x : known.at("tokens"))
      result.insert(x.at(member));
    return result;
  }

  /// How the tokens were got that the sandbox knows.
  std::set<std::string> grants() const {
    return known_tokens("grant");
  }

  /// How many requests with rows the sandbox has refused for their token.
  std::uint64_t refused_requests() const {
    httplib::Client to_box{"127.0.0.1", box_port};
    auto found = to_box.Get("/sandbox/ledger");
    EXPECT_TRUE(found);
    auto all = json::parse(found ? found->body : "{}");
    return all["tables"]["ds.t"]["requests"].value("401", std::uint64_t{0});
  }

  /// Has the sandbox refuse all tokens that it gave. Returns how many.
  int revoke_tokens() const {
    httplib::Client to_box{"127.0.0.1", box_port};
    auto gone = to_box.Delete("/sandbox/tokens");
    EXPECT_TRUE(gone);
    return gone ? json::parse(gone->body).at("revoked").get<int>() : 0;
  }

  /// Streams with what the file says, by tokens that were got so.
  void expect_streams(const std::vector<std::string>& options,
                      const std::set<std::string>& by) {
    start_node(options);
    EXPECT_EQ(send("a"), 0) << errors;
    expect_stored(1'000);
    EXPECT_EQ(grants(), by);
  }

  /// Rows that the sandbox has taken, whatever the node has heard of it.
  static std::uint64_t stored_so_far(httplib::Client& box_client) {
    auto found = box_client.Get("/sandbox/ledger");
    if (!found)
      return 0;
    auto tables = json::parse(found->body).at("tables");
    return tables.contains("ds.t")
             ? tables["ds.t"].at("committed").get<std::uint64_t>()
             : 0;
  }

  void start_strict() {
    start_sandbox({"--create-tables", "--strict-tokens", "--write-key=" + key});
  }

  /// Starts a sandbox whose tokens end soon.
  void start_forgetful(const std::string& lifetime) {
    start_sandbox({"--create-tables", "--strict-tokens",
                   "--token-lifetime=" + lifetime, "--fault=latency=20ms",
                   "--write-key=" + key});
  }

  /// Streams for that many seconds at least by tokens that were got so, in each
  /// of which they are revoked besides; no row is lost or doubled.
  void expect_streams_on(std::vector<std::string> options,
                         const std::set<std::string>& by, int seconds) {
    options.insert(options.end(), {"--batch.max-rows=100", "--batch.rows=100",
                                   "--dispatch.max-in-flight=2"});
    start_node(options);
    httplib::Client to_box{"127.0.0.1", box_port};
    std::set<std::string> used;
    for (auto round = 0; round < seconds; ++round) {
      process sender{{"send", "--to=" + to_node(), "--table=ds.t"},
                     rows_text("r" + std::to_string(round), 10'000)};
      // While its rows are under way.
      auto wanted = static_cast<std::uint64_t>(round) * 10'000 + 2'000;
      for (auto ended = false; stored_so_far(to_box) < wanted;
           ended = !sender.runs())
        ASSERT_FALSE(ended) << sender.errors();
      used.merge(grants());
      EXPECT_GT(revoke_tokens(), 0);
      EXPECT_EQ(sender.wait(), 0) << sender.errors();
    }
    EXPECT_EQ(used, by);
    expect_stored(static_cast<std::uint64_t>(seconds) * 10'000);
  }

  /// Sends rows with ids of their own; returns the exit code.
  int send(const std::string& prefix) {
    return run({"send", "--to=" + to_node(), "--table=ds.t"},
               rows_text(prefix, 1'000));
  }

  void expect_stored(std::uint64_t rows) {
    EXPECT_EQ(stored()["ds.t"].rows, rows);
    EXPECT_EQ(stored()["ds.t"].distinct_insert_ids, rows);
    expect_balanced(status());
  }

  std::string key;
};

} // namespace

TEST_F(credentials, a_node_with_a_written_key_streams_into_a_strict_sandbox) {
  start_sandbox({"--create-tables", "--strict-tokens", "--write-key=" + key});
  struct ::stat found {};
  ASSERT_EQ(::stat(key.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777u, 0600u);
  start_node({"--bigquery.credentials=" + key});
  EXPECT_EQ(send("a"), 0) << errors;
  expect_stored(1'000);
  // Another run of the sandbox takes the same key, from the file.
  start_sandbox({"--create-tables", "--strict-tokens", "--credential=" + key});
  EXPECT_EQ(send("b"), 0) << errors;
  expect_stored(2'000);
}

TEST_F(credentials, a_metadata_server_that_is_not_there_yet_is_no_mistake) {
  variables.set("GCE_METADATA_HOST", "127.0.0.1:1");
  auto begin = [this] {
    return run({"node", "--node.port=0", "--bigquery.project=test",
                "--bigquery.endpoint=http://127.0.0.1:1"});
  };
  EXPECT_EQ(begin(), 69);
  EXPECT_NE(errors.find("no metadata server answers at http://127.0.0.1:1"),
            std::string::npos)
    << errors;
  variables.set("GCE_METADATA_HOST", "example.com");
  EXPECT_EQ(begin(), 64);
}

TEST_F(credentials, a_signal_is_heard_while_a_metadata_server_is_asked) {
  std::promise<void> asked;
  auto silent = [&asked](bqs::http::test::peer& x) {
    x.read_head();
    asked.set_value();
    x.drain(); // no word until it has gone
  };
  for (auto signal : {SIGTERM, SIGINT}) {
    asked = {};
    bqs::http::test::fake_server server{{silent}};
    variables.set("GCE_METADATA_HOST",
                  "127.0.0.1:" + std::to_string(server.port()));
    process x{{"node", "--node.port=0", "--bigquery.project=test",
               "--bigquery.endpoint=http://127.0.0.1:1"}};
    asked.get_future().wait();
    x.signal(signal);
    EXPECT_EQ(x.wait(), 0);
    EXPECT_EQ(x.errors(),
              "bqstreamer: ended by a signal before the node began\n");
  }
}

TEST_F(credentials, a_key_is_granted_tokens_at_its_endpoint) {
  start_strict();
  expect_streams(
    {"--bigquery.credentials=" + key, "--bigquery.token-source=token-endpoint"},
    {"jwt-bearer"});
}

TEST_F(credentials, a_user_streams) {
  start_strict();
  auto file = enroll(user());
  expect_streams({"--bigquery.credentials=" + file}, {"refresh_token"});
}

TEST_F(credentials, a_workload_streams_with_a_file) {
  start_strict();
  auto subject = files.write("subject", "subject\n");
  auto file = enroll(workload({{"file", subject}}));
  expect_streams({"--bigquery.credentials=" + file}, {"token-exchange"});
}

TEST_F(credentials, a_workload_streams_with_a_url) {
  httplib::Server provider;
  provider.Get("/id", [](const httplib::Request& x, httplib::Response& y) {
    if (x.get_header_value("K") == "v")
      y.set_content(R"({"t":"subject"})", "application/json");
  });
  auto port = provider.bind_to_any_port("127.0.0.1");
  std::thread serving{[&] { provider.listen_after_bind(); }};
  start_strict();
  auto file = enroll(workload(
    {{"url", "http://127.0.0.1:" + std::to_string(port) + "/id"},
     {"headers", {{"K", "v"}}},
     {"format", {{"type", "json"}, {"subject_token_field_name", "t"}}}}));
  expect_streams({"--bigquery.credentials=" + file}, {"token-exchange"});
  provider.stop();
  serving.join();
}

TEST_F(credentials, a_workload_streams_with_an_executable) {
  start_strict();
  auto program = files.write("program", R"(#!/bin/sh
echo '{"version":1,"success":true,"id_token":"subject",'
echo '"token_type":"urn:ietf:params:oauth:token-type:jwt"}'
)");
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  auto file = enroll(workload({{"executable", {{"command", program}}}}));
  expect_streams({"--bigquery.credentials=" + file}, {"token-exchange"});
}

TEST_F(credentials, a_workload_acts_as_a_service_account) {
  start_strict();
  auto x = workload_with_account();
  x["client_id"] = "id"; // which the sandbox wants to see, too
  x["client_secret"] = "client secret";
  auto file = enroll(x);
  expect_streams({"--bigquery.credentials=" + file},
                 {"generateAccessToken", "token-exchange"});
}

TEST_F(credentials, an_impersonated_account_streams) {
  start_strict();
  auto file = enroll(impersonated_account());
  expect_streams({"--bigquery.credentials=" + file},
                 {"generateAccessToken", "refresh_token"});
}

TEST_F(credentials, a_key_acts_as_another_account_by_setting) {
  start_strict();
  std::ifstream own{key};
  enroll({{"type", "impersonated_service_account"},
          {"service_account_impersonation_url", impersonation()},
          {"source_credentials", json::parse(own)}});
  expect_streams({"--bigquery.credentials=" + key,
                  "--bigquery.impersonate=" + impersonation()},
                 {"generateAccessToken", "self-signed"});
}

TEST_F(credentials, a_machine_at_google_streams_without_a_file) {
  start_strict();
  variables.set("GCE_METADATA_HOST", "127.0.0.1:" + std::to_string(box_port));
  expect_streams({"--bigquery.credentials="}, {"metadata"});
}

TEST_F(credentials, gclouds_file_is_found) {
  start_strict();
  auto file = enroll(user());
  ASSERT_EQ(
    std::rename(file.c_str(),
                files.path("application_default_credentials.json").c_str()),
    0);
  expect_streams({"--bigquery.credentials="}, {"refresh_token"});
}

TEST_F(credentials, expiry_and_revocation_in_mid_stream_cost_no_row) {
  start_forgetful("2s"); // renewed in time
  expect_streams_on({"--bigquery.credentials=" + enroll(user())},
                    {"refresh_token"}, 3);
}

TEST_F(credentials, tokens_of_a_key_may_end_in_mid_stream) {
  start_forgetful("1s");
  // What it signs itself holds for an hour.
  expect_streams_on(
    {"--bigquery.credentials=" + key, "--bigquery.token-source=token-endpoint"},
    {"jwt-bearer"}, 2);
}

TEST_F(credentials, tokens_of_a_machine_at_google_may_end_in_mid_stream) {
  start_forgetful("1s");
  variables.set("GCE_METADATA_HOST", "127.0.0.1:" + std::to_string(box_port));
  expect_streams_on({"--bigquery.credentials="}, {"metadata"}, 2);
}

TEST_F(credentials, tokens_that_a_key_signs_may_be_revoked_in_mid_stream) {
  start_forgetful("1s"); // which is not about them
  expect_streams_on({"--bigquery.credentials=" + key}, {"self-signed"}, 2);
}

TEST_F(credentials, tokens_of_another_account_may_end_in_mid_stream) {
  start_forgetful("2s"); // told in whole seconds, 1s would be over at once
  expect_streams_on(
    {"--bigquery.credentials=" + enroll(impersonated_account())},
    {"generateAccessToken", "refresh_token"}, 2);
}

TEST_F(credentials,
       tokens_of_a_workload_with_an_account_may_end_in_mid_stream) {
  start_forgetful("2s");
  expect_streams_on(
    {"--bigquery.credentials=" + enroll(workload_with_account())},
    {"generateAccessToken", "token-exchange"}, 3);
}

TEST_F(credentials, tokens_of_another_account_are_renewed_before_they_end) {
  start_forgetful("8s");
  start_node({"--bigquery.credentials=" + enroll(workload_with_account())});
  auto rounds = 0;
  auto send_more
    = [&] { EXPECT_EQ(send(std::to_string(rounds++)), 0) << errors; };
  send_more();
  auto first = known_tokens("id");
  EXPECT_FALSE(first.empty());
  auto lives
    = [this](const std::string& id) { return known_tokens("id").contains(id); };
  while (std::ranges::any_of(first, lives) && !HasFailure())
    send_more();
  send_more();
  EXPECT_EQ(refused_requests(), 0u);
  expect_stored(static_cast<std::uint64_t>(rounds) * 1'000);
}

TEST_F(credentials, a_file_that_changes_is_used_and_a_broken_one_is_not) {
  start_strict();
  auto file = enroll(user());
  start_node({"--bigquery.credentials=" + file, "--log.level=info"});
  EXPECT_EQ(send("a"), 0) << errors;
  // Whoever needs a token looks at the file, and does not wait for its watch.
  files.write("credential.json", R"({"type":"authorized_user","SECRET":)");
  revoke_tokens();
  EXPECT_EQ(send("b"), 0) << errors;
  auto line = node->wait_for_error("the credentials have changed");
  ASSERT_TRUE(line);
  EXPECT_NE(line->find(file + ": not JSON"), std::string::npos) << *line;
  auto other = user();
  other["refresh_token"] = "1//another";
  other["account"] = "another";
  enroll(other);
  revoke_tokens();
  EXPECT_EQ(send("c"), 0) << errors;
  ASSERT_TRUE(node->wait_for_error("the new ones are used"));
  expect_stored(3'000);
}

TEST_F(credentials, what_a_node_cannot_use_it_names_at_start) {
  auto expect_refused = [this](const json& file, const std::string& words) {
    auto path = files.write("bad.json", file.dump());
    EXPECT_NE(run({"node", "--node.port=0", "--bigquery.project=test",
                   "--bigquery.endpoint=http://127.0.0.1:1",
                   "--bigquery.credentials=" + path}),
              0);
    EXPECT_NE(errors.find("credentials in " + path + ": " + words),
              std::string::npos)
      << errors;
  };
  auto file = user();
  file["token_uri"] = "https://evil.example/token";
  expect_refused(file, "token_uri leads to evil.example, which is neither a "
                       "token host of Google's nor in "
                       "bigquery.allowed-token-hosts");
  file = user();
  file.erase("client_secret");
  expect_refused(file, "client_secret is missing");
  expect_refused({{"type", "gdch_service_account"}},
                 "type is gdch_service_account, which is not supported");
}

TEST_F(credentials, revoked_tokens_cost_no_row) {
  start_sandbox({"--create-tables", "--strict-tokens", "--write-key=" + key});
  start_node({"--bigquery.credentials=" + key});
  EXPECT_EQ(send("a"), 0) << errors;
  EXPECT_EQ(revoke_tokens(), 1);
  EXPECT_EQ(send("b"), 0) << errors;
  expect_stored(2'000);
}

TEST_F(credentials, what_cannot_be_used_is_refused_by_name) {
  auto expect_refused
    = [this](const std::string& option, int code, const std::string& words) {
        EXPECT_EQ(run({"sandbox", "--port=0", option}), code) << option;
        EXPECT_EQ(output, "") << option;
        EXPECT_NE(errors.find(words), std::string::npos) << errors;
      };
  auto bad = files.write("bad.json", R"({"type":"service_account",
    "client_email":"e","private_key":"SECRET"})");
  expect_refused("--credential=" + bad, 64, "private_key is not a usable");
  EXPECT_EQ(errors.find("SECRET"), std::string::npos);
  expect_refused("--credential=/nowhere/k", 64, "/nowhere/k");
  expect_refused("--write-key=" + bad, 69, "File exists");
  for (auto time : {"0s", "2h", "soon"})
    expect_refused(std::string{"--token-lifetime="} + time, 64,
                   "--token-lifetime");
}
