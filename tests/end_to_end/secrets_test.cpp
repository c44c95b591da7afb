// Nothing secret gets out of a node: every path is fed with marked secrets, by
// way of a service that sends back whatever it is sent, and all output is
// searched for them.

#include <sys/resource.h>
#include <sys/stat.h>

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "http/base64.hpp"
#include "tests/end_to_end/stage.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/sandbox/signer.hpp"

using namespace bqs::test;

namespace {

using nlohmann::json;

/// No two runs of them are the same.
const std::string client_secret = "GOCSPX-Qm7vT2kLw9ZrY4xB";
const std::string refresh_token = "1//0gHs8Kd3JfPq6WnUe5RtMz";
const std::string subject = "eyJzdWIiOiJVb1A0eEcyYSJ9.x";
const std::string header_key = "b3arer-of-Nd8Fh2Lc7Vs1";
const std::string access = "ya29.Xo5Ib9Ty3Cq0Dm6Ek";
const std::string impersonated = "ya29.Aw1Zu8Hg4Rv7Sj2Pf";
const std::string machine_token = "ya29.Kc4Vb7Pn2Xs9Gd5Ju";
const std::string passphrase = "Marked-Passphrase-Te3Wf8";
const std::string wrong_passphrase = "Wrong-Marked-Rb6Yh1Qk";
const std::string sts_secret = "GOCSPX-Hd4Zp8Ws1Nv6Tk3Cy";
const std::string kept_subject = "eyJzdWIiOiJLZXB0LUZnN1ByMiJ9.y";
const std::string admin_pass = "Marked-Admin-Qz5Lw8Vn";
const std::string wrong_admin_pass = "Wrong-Marked-Fd3Xp7Ck";
const std::string proxy_password = "Marked-Proxy-Vy7Hn3Lc";
const std::string row_text_mark = "patient Jq2Wx6Tn9Bz has Lk5Vc8Rd1Mf";

/// Answers nothing but what it was asked, first; then as it should. Everything
/// it is shown is kept.
class echo {
public:
  echo() {
    server_.set_payload_max_length(64u << 20);
    server_.Post(".*/token", [this](auto& x, auto& y) { give(x, y, access); });
    server_.Post(".*:generateAccessToken",
                 [this](auto& x, auto& y) { give(x, y, impersonated); });
    server_.Get("/subject", [this](auto& x, auto& y) { identify(x, y); });
    server_.Post(".*/insertAll", [this](auto& x, auto& y) { insert(x, y); });
    server_.Get("/computeMetadata/v1/.*",
                [this](auto& x, auto& y) { give_machine(x, y); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
  }

  ~echo() {
    server_.stop();
    thread_.join();
  }

  std::string url(const std::string& path = {}) const {
    return "http://" + host() + path;
  }

  std::string host() const {
    return "127.0.0.1:" + std::to_string(port_);
  }

  /// Requests with rows so far.
  int inserts() const {
    return inserts_;
  }

  /// Begins again to answer badly.
  void begin() {
    grants_ = 0;
    subjects_ = 0;
    inserts_ = 0;
  }

  /// Assertions that were signed: nobody knows them beforehand.
  std::set<std::string> assertions() {
    std::lock_guard guard{mutex_};
    return assertions_;
  }

private:
  static std::string all_of(const httplib::Request& x) {
    return x.get_header_value("Authorization") + " " + x.get_header_value("K")
           + " " + x.body.substr(0, 20'000);
  }

  void keep(const httplib::Request& x) {
    std::lock_guard guard{mutex_};
    if (x.has_param("assertion"))
      assertions_.insert(x.get_param_value("assertion"));
    auto shown = x.get_header_value("Authorization");
    if (shown.starts_with("Bearer ey"))
      assertions_.insert(shown.substr(7));
  }

  void give(const httplib::Request& x, httplib::Response& y,
            const std::string& token) {
    keep(x);
    auto n = grants_++;
    auto what = all_of(x);
    json answer;
    if (n == 0) {
      y.status = 400;
      answer = {{"error", what}, {"error_description", "bad: " + what}};
    } else if (n == 1) {
      y.status = 403;
      answer = {{"error", {{"status", what}, {"message", what}}}};
    } else if (n == 2) {
      answer = {{"access_token", what + "\r\n"}, {"expires_in", 1}};
    } else {
      answer = {{"access_token", token},
                {"expires_in", 3600},
                {"token_type", "Bearer"},
                {"accessToken", token},
                {"expireTime", "2099-01-01T00:00:00Z"}};
    }
    y.set_content(answer.dump(), "application/json");
  }

  /// As a metadata server: its requests hold nothing, but its answers do.
  void give_machine(const httplib::Request& x, httplib::Response& y) {
    y.set_header("Metadata-Flavor", "Google");
    if (!x.path.ends_with("/token")) { // older ones know no universe
      y.status = 404;
      return;
    }
    json answer{{"access_token", machine_token}, {"token_type", "Bearer"}};
    switch (grants_++) {
      case 0:
        return y.set_content("token: " + machine_token, "text/plain");
      case 1:
        answer["access_token"] = machine_token + "\r\n";
        break;
      case 2: // for no time
        break;
      default:
        answer["expires_in"] = 3600;
    }
    y.set_content(answer.dump(), "application/json");
  }

  void identify(const httplib::Request& x, httplib::Response& y) {
    if (subjects_++ == 0) {
      y.status = 500;
      y.set_content(json{{"error", all_of(x)}}.dump(), "application/json");
    } else {
      y.set_content(subject, "text/plain");
    }
  }

  void insert(const httplib::Request& x, httplib::Response& y) {
    keep(x);
    auto what = all_of(x);
    auto refuse = [&](int status, const char* reason) {
      y.status = status;
      json entry{{"reason", reason}, {"message", what}, {"location", what}};
      y.set_content(
        json{
          {"error", {{"code", status}, {"message", what}, {"errors", {entry}}}}}
          .dump(),
        "application/json");
    };
    switch (inserts_++) {
      case 0:
      case 1:
        return refuse(401, "authError");
      case 2:
        return refuse(403, "accessDenied");
      case 3:
        return refuse(503, what.substr(0, 60).c_str());
      case 4:
        y.status = 502;
        return y.set_content(what, "text/html");
      case 5: {
        json row{{"index", 0},
                 {"errors",
                  {{{"reason", "invalid"},
                    {"location", x.get_header_value("Authorization")},
                    {"message", x.get_header_value("Authorization")}}}}};
        return y.set_content(json{{"insertErrors", {row}}}.dump(),
                             "application/json");
      }
      default:
        return y.set_content("{}", "application/json");
    }
  }

  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
  std::atomic<int> grants_{0};
  std::atomic<int> subjects_{0};
  std::atomic<int> inserts_{0};
  std::mutex mutex_;
  std::set<std::string> assertions_;
};

struct secrets : stage {
  secrets() {
    variables.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
  }

  json user() const {
    return {{"type", "authorized_user"},
            {"client_id", "id"},
            {"client_secret", client_secret},
            {"refresh_token", refresh_token},
            {"token_uri", service.url("/token")}};
  }

  json key_file() const {
    return {{"type", "service_account"},
            {"client_email", "a@test.example"},
            {"private_key", pem},
            {"token_uri", service.url("/token")}};
  }

  json workload(const json& source) const {
    return {{"type", "external_account"},
            {"audience", "//iam.googleapis.com/test"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"token_url", service.url("/v1/token")},
            {"credential_source", source}};
  }

  std::string impersonation() const {
    return service.url("/v1/projects/-/serviceAccounts/a@test.example"
                       ":generateAccessToken");
  }

  std::vector<std::string> node_options(const json& file) const {
    return {"--bigquery.endpoint=" + service.url(),
            "--bigquery.credentials=" + files.write("c.json", file.dump()),
            "--log.level=debug"};
  }

  /// Fails the test if `text` holds any of the secrets.
  void expect_clean(const std::string& text, const std::string& where) {
    expect_no_tokens(text, where);
    expect_none_of({row_text_mark}, text, where);
  }

  /// The same where a row may be.
  void expect_no_tokens(const std::string& text, const std::string& where) {
    std::vector<std::string> all{client_secret,
                                 refresh_token,
                                 subject,
                                 header_key,
                                 access,
                                 impersonated,
                                 machine_token,
                                 passphrase,
                                 wrong_passphrase,
                                 proxy_password,
                                 bqs::http::base64("u:" + proxy_password),
                                 sts_secret,
                                 bqs::http::base64("id:" + sts_secret),
                                 kept_subject,
                                 admin_pass,
                                 wrong_admin_pass};
    for (auto& x : service.assertions())
      all.push_back(x);
    // The lines of a key file are in the JSON as they are in the key.
    all.push_back(pem_content(pem));
    all.insert(all.end(), tls_keys.begin(), tls_keys.end());
    expect_none_of(all, text, where);
  }

  void expect_clean_command_line() {
    expect_clean(text_of("/proc/" + std::to_string(node->pid()) + "/cmdline"),
                 "process list");
  }

  void stream(const json& file, const std::vector<std::string>& more = {}) {
    auto options = node_options(file);
    options.insert(options.end(), more.begin(), more.end());
    stream_with(options);
  }

  /// Streams rows by way of all that can go wrong, and searches what is said.
  void stream_with(std::vector<std::string> options) {
    service.begin();
    options.insert(options.end(), {"--retry.base=1ms", "--retry.cap=10ms"});
    start_node_at_service(options);
    auto row = json{{"text", row_text_mark}}.dump();
    process sender{{"send", "--to=" + to_node(), "--table=ds.t"},
                   row + "\n" + row + "\n"};
    // In the midst of it, too.
    for (auto done = false; !done;) {
      auto ended = !sender.runs(); // once all is done
      auto told = run({"status", "--of=" + to_node(), "--json"}) == 0;
      expect_clean(output + errors, "status");
      ASSERT_TRUE(node->runs()) << node->errors();
      if (!told) // on a busy machine it gives up
        continue;
      auto total = json::parse(output).at("total");
      done = total.at("accepted") == 2 && total.at("held") == 0;
      ASSERT_TRUE(done || !ended) << sender.errors();
    }
    expect_clean_command_line();
    // A row's failure goes to its sender with the row; tokens do not.
    EXPECT_EQ(sender.wait(), 65);
    expect_no_tokens(sender.output() + sender.errors(), "sender");
    EXPECT_EQ(run({"errors", "--from=" + to_node()}), 0) << errors;
    EXPECT_NE(output.find(row_text_mark), std::string::npos) << output;
    expect_no_tokens(output + errors, "errors");
    stop_node();
    expect_clean(node->output() + node->errors(), "log");
    EXPECT_NE(node->errors().find(went_wrong), std::string::npos)
      << "nothing went wrong";
  }

  void start_node_at_service(const std::vector<std::string>& options) {
    std::vector<std::string> all{"node", "--node.port=0",
                                 "--bigquery.project=test", "--batch.age=1ms"};
    all.insert(all.end(), options.begin(), options.end());
    node.reset();
    node.emplace(all);
    auto line = node->wait_for_line("listens on");
    ASSERT_TRUE(line) << node->errors();
    node_port = port_in(*line);
  }

  /// Bytes that a process may leave in a dump of its memory.
  static rlim_t most_core(pid_t of) {
    rlimit x{};
    EXPECT_EQ(::prlimit(of, RLIMIT_CORE, nullptr, &x), 0);
    return x.rlim_cur;
  }

  /// Has this process, and those it starts, dump core as far as they may.
  static void allow_cores() {
    rlimit x{};
    ::getrlimit(RLIMIT_CORE, &x);
    x.rlim_cur = x.rlim_max;
    ::setrlimit(RLIMIT_CORE, &x);
  }

  /// Has a node crash at this signal in the midst of its work.
  void crash(int signal) {
    service.begin();
    auto options = node_options(user());
    options.insert(options.end(), {"--batch.rows=100", "--batch.max-rows=100",
                                   "--dispatch.max-in-flight=1",
                                   "--retry.base=1ms", "--retry.cap=10ms"});
    start_node_at_service(options);
    auto row = json{{"text", row_text_mark}}.dump() + "\n";
    std::string rows;
    for (auto i = 0; i < 100'000; ++i)
      rows += row;
    process sender{{"send", "--to=" + to_node(), "--table=ds.t"}, rows};
    while (service.inserts() < 20)
      ASSERT_TRUE(node->runs() && sender.runs())
        << node->errors() << sender.errors();
    EXPECT_EQ(most_core(node->pid()), 0u);
    node->signal(signal);
    EXPECT_NE(node->wait(), 0);
    EXPECT_TRUE(sender.runs()); // there was more to do
    expect_clean(node->output() + node->errors(), "last words");
  }

  /// Makes certificates for a node and its clients, whose keys are encrypted.
  void make_locked_certs() {
    ASSERT_EQ(run({"make-certs", files.path("pki"), "127.0.0.1"}), 0) << errors;
    for (std::string name : {"node", "client"}) {
      auto key = files.path("pki/" + name + ".key");
      bqs::http::test::lock_key(key, key + ".locked", passphrase);
      for (auto& path : {key, key + ".locked"})
        tls_keys.push_back(pem_content(text_of(path)));
    }
    expect_clean(output + errors, "make-certs");
  }

  std::vector<std::string> tls_options(const std::string& prefix,
                                       const std::string& name,
                                       const std::string& passphrase_file) {
    return {prefix + "tls-certificate=" + files.path("pki/" + name + ".crt"),
            prefix + "tls-key=" + files.path("pki/" + name + ".key.locked"),
            prefix + "tls-ca-file=" + files.path("pki/ca.crt"),
            prefix + "tls-passphrase-file=" + passphrase_file};
  }

  /// The same, whatever is given for each of the files.
  static std::vector<std::string> tls_options(const std::string& prefix,
                                              const std::string& certificate,
                                              const std::string& key,
                                              const std::string& ca) {
    return {prefix + "tls-certificate=" + certificate,
            prefix + "tls-key=" + key, prefix + "tls-ca-file=" + ca};
  }

  /// A node refuses to start with these, and says nothing of what is in them.
  void expect_no_start(std::vector<std::string> options) {
    options.insert(options.begin(),
                   {"node", "--node.port=0", "--bigquery.project=test",
                    "--bigquery.endpoint=http://127.0.0.1:1",
                    "--bigquery.credentials=none", "--log.level=debug"});
    EXPECT_EQ(run(options), 64);
    expect_clean(output + errors, "refusal");
  }

  std::string pem = bqs::sandbox::test::signer{}.private_pem();
  /// What is in the keys of nodes and clients, once they are made.
  std::vector<std::string> tls_keys;
  /// What the log tells of it.
  std::string went_wrong = "no new access token";
  echo service;
};

} // namespace

TEST_F(secrets, of_a_user_stay) {
  stream(user());
}

TEST_F(secrets, of_a_key_stay) {
  stream(key_file(), {"--bigquery.token-source=token-endpoint"});
}

TEST_F(secrets, of_a_key_that_signs_stay) {
  went_wrong = "the credential is refused again"; // for tokens it asks nobody
  stream(key_file());
  EXPECT_FALSE(service.assertions().empty());
}

TEST_F(secrets, of_an_impersonation_stay) {
  stream(user(), {"--bigquery.impersonate=" + impersonation()});
}

TEST_F(secrets, of_a_file_that_impersonates_stay) {
  stream({{"type", "impersonated_service_account"},
          {"service_account_impersonation_url", impersonation()},
          {"source_credentials", user()}});
}

TEST_F(secrets, of_a_workload_that_impersonates_stay) {
  auto file = workload({{"file", files.write("subject", subject)}});
  file["service_account_impersonation_url"] = impersonation();
  stream(file);
}

TEST_F(secrets, of_a_workload_with_a_file_stay) {
  stream(workload({{"file", files.write("subject", subject)}}));
}

TEST_F(secrets, of_a_workload_with_a_url_stay) {
  stream(workload(
    {{"url", service.url("/subject")}, {"headers", {{"K", header_key}}}}));
}

TEST_F(secrets, of_a_workload_with_an_executable_stay) {
  json says{{"version", 1},
            {"success", true},
            {"token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"id_token", subject}};
  auto program
    = files.write("program", "#!/bin/sh\necho '" + subject + "' >&2\necho '"
                               + says.dump() + "'\n");
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  stream(workload({{"executable", {{"command", program}}}}));
}

TEST_F(secrets, of_a_workload_that_is_a_client_stay) {
  auto file = workload({{"file", files.write("subject", subject)}});
  file["client_id"] = "id";
  file["client_secret"] = sts_secret;
  stream(file);
}

TEST_F(secrets, of_an_executable_with_an_output_file_stay) {
  json says{{"version", 1},
            {"success", true},
            {"token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"id_token", subject},
            {"expiration_time", 4'000'000'000}};
  json fails{{"version", 1},
             {"success", false},
             {"code", subject},
             {"message", subject}};
  // It fails once, and says too much.
  auto program
    = files.write("program", "#!/bin/sh\nif mkdir " + files.path("once")
                               + "; then\n  echo '" + fails.dump()
                               + "'\nelse\n  echo '" + says.dump() + "'\nfi\n");
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  auto kept = says;
  kept["id_token"] = kept_subject;
  auto with = [&](const std::string& text) {
    return workload(
      {{"executable",
        {{"command", program}, {"output_file", files.write("kept", text)}}}});
  };
  stream(with(kept.dump()));
  // Where the file is of no use, the program runs.
  stream(with(kept_subject + kept.dump()));
}

TEST_F(secrets, of_operators_stay) {
  auto good = files.write("good", admin_pass + "\n");
  auto bad = files.write("bad", wrong_admin_pass + "\n");
  variables.set("BQSTREAMER_ADMIN_PASS_FILE", good);
  auto options = node_options(user());
  options.push_back("--node.admin-pass-file=" + good);
  stream_with(options);
  variables.unset({"BQSTREAMER_ADMIN_PASS_FILE"});
  // Of those who show another, or none.
  start_node_at_service(options);
  for (std::string pass : {"", bad.c_str()})
    for (std::vector<std::string> command :
         {std::vector<std::string>{"status", "--of=" + to_node()},
          {"errors", "--from=" + to_node()},
          {"flush", "--of=" + to_node()},
          {"pause", "--of=" + to_node()}}) {
      if (!pass.empty())
        command.push_back("--admin-pass-file=" + pass);
      EXPECT_EQ(run(command), 69) << command[0];
      expect_clean(output + errors, "refusal");
    }
  expect_clean_command_line();
  stop_node();
  expect_clean(node->output() + node->errors(), "log");
  EXPECT_NE(node->errors().find("denied"), std::string::npos);
  // Where the file, or what is in it, is taken for something else.
  auto ini = files.write("ini", "[node]\nadmin-pass = " + admin_pass + "\n");
  for (auto& path : {good, ini}) {
    EXPECT_EQ(run({"node", "--config-file=" + path}), 64) << output;
    expect_clean(output + errors, "refusal");
  }
  EXPECT_EQ(run({"status", "--of=127.0.0.1:1", "--tls-ca-file=" + good}), 64);
  expect_clean(output + errors, "refusal");
}

TEST_F(secrets, of_dead_letters_stay) {
  std::vector<std::string> keeping{"--dead-letters.directory="
                                   + files.path("letters")};
  went_wrong = "the credential is refused again";
  stream(key_file(), keeping); // which signs its tokens
  std::set<std::string> seen;
  auto next_file = [&] {
    for (auto& x : std::filesystem::directory_iterator{files.path("letters")})
      if (x.path().extension() == ".ndjson" && seen.insert(x.path()).second)
        return x.path().string();
    return std::string{};
  };
  service.begin();
  auto options = node_options(key_file());
  options.insert(options.end(), keeping.begin(), keeping.end());
  options.insert(options.end(), {"--retry.base=1ms", "--retry.cap=10ms"});
  start_node_at_service(options);
  // They fail once more, and come through when they are sent again.
  for (auto code : {65, 0}) {
    auto path = next_file();
    auto text = text_of(path);
    EXPECT_NE(text.find(row_text_mark), std::string::npos) << text;
    expect_no_tokens(text, path);
    EXPECT_EQ(run({"replay", "--to=" + to_node(), path}), code) << errors;
    expect_clean(output + errors, "replay");
  }
  EXPECT_EQ(next_file(), "");
  EXPECT_EQ(run({"status", "--of=" + to_node(), "--json"}), 0);
  expect_clean(output + errors, "status");
  expect_clean_command_line();
  stop_node();
  expect_clean(node->output() + node->errors(), "log");
}

TEST_F(secrets, of_files_that_are_wrong_stay) {
  auto impersonating
    = json{{"type", "impersonated_service_account"},
           {"service_account_impersonation_url", impersonation()},
           {"source_credentials", user()}};
  auto by_url = workload(
    {{"url", service.url("/subject")}, {"headers", {{"K", header_key}}}});
  std::vector<std::string> texts;
  auto client = workload({{"file", files.write("subject", subject)}});
  client["client_id"] = "id";
  client["client_secret"] = sts_secret;
  for (auto& file : {user(), key_file(), impersonating, by_url, client}) {
    // Cut, and with each field in the wrong place.
    texts.push_back(file.dump().substr(0, file.dump().size() - 2));
    for (auto& [name, value] : file.items()) {
      auto other = file;
      other[name] = json{{"text", refresh_token + " " + pem}};
      texts.push_back(other.dump());
      other[name] = refresh_token + "\n" + subject;
      texts.push_back(other.dump());
      other.erase(name);
      texts.push_back(other.dump());
    }
  }
  texts.push_back(pem);
  texts.push_back('"' + refresh_token + '"');
  std::string said;
  for (auto& text : texts) {
    process x{{"node", "--node.port=0", "--bigquery.project=test",
               "--bigquery.endpoint=http://127.0.0.1:1", "--log.level=debug",
               "--bigquery.credentials=" + files.write("bad.json", text)}};
    // Some are as good without the field.
    if (x.wait_for_line("listens on"))
      x.signal(SIGTERM);
    x.wait();
    said += x.output() + x.errors();
  }
  expect_clean(said, "output");
  EXPECT_NE(said.find("is missing"), std::string::npos);
}

TEST_F(secrets, of_a_machine_stay) {
  variables.unset({"GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK"});
  variables.set("CLOUDSDK_CONFIG", files.path());
  variables.set("GCE_METADATA_HOST", service.host());
  stream_with({"--bigquery.endpoint=" + service.url(), "--log.level=debug"});
}

TEST_F(secrets, of_a_proxy_stay) {
  // It sends back what it was shown, as it came and as it is meant.
  auto echo_407 = [](bqs::http::test::peer& x) {
    auto said = x.read_head() + proxy_password;
    x.send("HTTP/1.1 407 " + proxy_password + "\r\nContent-Length: "
           + std::to_string(said.size()) + "\r\n\r\n" + said);
    x.finish();
  };
  bqs::http::test::fake_server proxy{
    std::vector<bqs::http::test::script>(1000, echo_407)};
  auto file = files.write(
    "node.ini", "[bigquery]\nproxy = \"http://u:" + proxy_password
                  + "@127.0.0.1:" + std::to_string(proxy.port()) + "\"\n");
  service.begin();
  auto options = node_options(key_file());
  options.insert(options.end(), {"--config-file=" + file, "--retry.max-age=10s",
                                 "--bigquery.endpoint=https://bigquery.example",
                                 "--retry.base=50ms", "--retry.cap=100ms"});
  std::erase(options, "--bigquery.endpoint=" + service.url());
  start_node_at_service(options);
  process sender{{"send", "--to=" + to_node(), "--table=ds.t"}, "{}\n"};
  EXPECT_EQ(sender.wait(), 65);
  EXPECT_NE(sender.errors().find("407"), std::string::npos) << sender.errors();
  expect_clean(sender.output() + sender.errors(), "sender");
  EXPECT_EQ(run({"status", "--of=" + to_node(), "--json"}), 0);
  expect_clean(output + errors, "status");
  expect_clean_command_line();
  stop_node();
  expect_clean(node->output() + node->errors(), "log");
}

TEST_F(secrets, of_keys_for_tls_stay) {
  make_locked_certs();
  auto good = files.write("good", passphrase + "\n");
  auto bad = files.write("bad", wrong_passphrase + "\n");
  expect_no_start(tls_options("--node.", "node", bad));
  EXPECT_NE(errors.find("the passphrase does not open it"), std::string::npos)
    << errors;
  // Where the file, or what is in it, is taken for something else.
  expect_no_start({"--node.tls-certificate=" + good, "--node.tls-key=" + good,
                   "--node.tls-ca-file=" + good});
  expect_no_start({"--config-file=" + good});
  expect_no_start(
    {"--config-file="
     + files.write("ini", "[node]\ntls-passphrase = " + passphrase + "\n")});
  // The key that is shown to the service.
  auto key = files.write("service.key", pem);
  for (auto& certificate : {key, files.path("pki/client.crt")})
    expect_no_start({"--bigquery.client-certificate=" + certificate,
                     "--bigquery.client-key=" + key});
  // In use, by both sides.
  auto status = tls_options("--", "client", bad);
  status.insert(status.begin(), {"status", "--of=127.0.0.1:1"});
  EXPECT_EQ(run(status), 64);
  expect_clean(output + errors, "refusal");
  auto options = tls_options("--node.", "node", good);
  options.insert(options.end(), {"--bigquery.endpoint=" + service.url(),
                                 "--bigquery.credentials=none"});
  for (auto& option : tls_options("", "client", good)) {
    auto name = "BQSTREAMER_" + option.substr(0, option.find('='));
    for (auto& c : name)
      c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    variables.set(name, option.substr(option.find('=') + 1));
  }
  went_wrong = "";
  options.push_back("--log.level=debug");
  stream_with(options);
  // CAF would show its settings to whoever asks so.
  options.insert(options.begin(), {"node", "--dump-config"});
  for (auto& command :
       {options, {"status", "--of=127.0.0.1:1", "--dump-config"}}) {
    EXPECT_EQ(run(command), 64);
    expect_clean(output + errors, "dump");
  }
}

TEST_F(secrets, of_keys_for_tls_in_the_place_of_other_files_stay) {
  make_locked_certs();
  auto ca = files.path("pki/ca.crt");
  for (std::string name : {"node", "client"})
    for (std::string ending : {".key", ".key.locked"}) {
      auto own = files.path("pki/" + name + ".crt");
      auto key = files.path("pki/" + name + ending);
      expect_no_start({"--config-file=" + key});
      for (auto& [certificate, opened_by, trusted] : {std::tuple{key, own, ca},
                                                      {key, key, ca},
                                                      {own, own, ca},
                                                      {own, key, key}}) {
        expect_no_start(
          tls_options("--node.", certificate, opened_by, trusted));
        EXPECT_NE(errors.find("node.tls-"), std::string::npos) << errors;
        auto status = tls_options("--", certificate, opened_by, trusted);
        status.insert(status.begin(), {"status", "--of=127.0.0.1:1"});
        EXPECT_EQ(run(status), 64);
        EXPECT_NE(errors.find("--tls-"), std::string::npos) << errors;
        expect_clean(output + errors, "refusal");
      }
    }
}

TEST_F(secrets, of_keys_for_tls_that_are_not_encrypted_stay) {
  make_locked_certs();
  show_client_of(files.path("pki"));
  auto options
    = tls_options("--node.", files.path("pki/node.crt"),
                  files.path("pki/node.key"), files.path("pki/ca.crt"));
  options.insert(options.end(),
                 {"--bigquery.endpoint=" + service.url(),
                  "--bigquery.credentials=none", "--log.level=debug"});
  went_wrong = "";
  stream_with(options);
}

TEST_F(secrets, of_a_node_that_crashes_stay) {
  allow_cores(); // which it does not follow
  crash(SIGABRT);
  crash(SIGSEGV);
}
