#include "http/credentials.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/base64url.hpp"
#include "http/openssl_ptr.hpp"
#include "tests/environment.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/no_descriptors.hpp"
#include "tests/scratch.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

using time_point = std::chrono::system_clock::time_point;

constexpr auto email = "streamer@project.iam.gserviceaccount.com";

// -- keys ---------------------------------------------------------------------

evp_pkey_ptr new_rsa_key(unsigned bits) {
  return evp_pkey_ptr{EVP_RSA_gen(bits)};
}

std::string to_pem(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  bio_ptr out{BIO_new(BIO_s_mem())};
  std::string password = cipher != nullptr ? "password" : "";
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, cipher, password.data(),
                                static_cast<int>(password.size()), nullptr,
                                nullptr);
  char* data = nullptr;
  auto size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// One key for all tests: making it takes longer than using it.
EVP_PKEY* shared_key() {
  static const auto instance = new_rsa_key(2048);
  return instance.get();
}

const std::string& shared_pem() {
  static const auto instance = to_pem(shared_key());
  return instance;
}

// -- tokens taken apart -------------------------------------------------------

std::string decode(const std::string& text) {
  std::string result;
  auto bits = 0u;
  auto held = 0u;
  for (auto c : text) {
    constexpr std::string_view alphabet
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto at = alphabet.find(c);
    EXPECT_NE(at, std::string_view::npos) << "not base64url: " << c;
    bits = (bits << 6 | static_cast<unsigned>(at)) & 0xffffu;
    held += 6;
    if (held >= 8) {
      held -= 8;
      result += static_cast<char>(bits >> held & 0xffu);
    }
  }
  return result;
}

struct parts {
  std::string signed_text;
  json head;
  json claims;
  std::string signature;
};

parts take_apart(const std::string& token) {
  auto first = token.find('.');
  auto last = token.rfind('.');
  EXPECT_NE(first, last);
  return {token.substr(0, last), json::parse(decode(token.substr(0, first))),
          json::parse(decode(token.substr(first + 1, last - first - 1))),
          decode(token.substr(last + 1))};
}

bool verifies(EVP_PKEY* key, const parts& x) {
  auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                              key)
           == 1
         && EVP_DigestVerify(context.get(), bytes(x.signature),
                             x.signature.size(), bytes(x.signed_text),
                             x.signed_text.size())
              == 1;
}

// -- key files ----------------------------------------------------------------

class credentials_test : public ::testing::Test {
protected:
  credentials_test() {
    variables_.unset({"GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG",
                      "GCE_METADATA_HOST", "GOOGLE_CLOUD_QUOTA_PROJECT",
                      "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"});
    variables_.set("HOME", folder_.path("home"));
    variables_.set("NO_GCE_CHECK", "true");
  }

  json key_file() const {
    return {{"type", "service_account"},
            {"project_id", "project"},
            {"private_key_id", "key-1"},
            {"private_key", shared_pem()},
            {"client_email", email}};
  }

  static json user_file() {
    return {{"type", "authorized_user"},
            {"client_id", "id"},
            {"client_secret", "secret"},
            {"refresh_token", "secret"}};
  }

  static json workload_file() {
    return {{"type", "external_account"},
            {"audience", "//iam.googleapis.com/x"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"token_url", "https://sts.googleapis.com/v1/token"},
            {"credential_source", {{"file", "/nowhere/token"}}}};
  }

  static json impersonation_file() {
    return {{"type", "impersonated_service_account"},
            {"service_account_impersonation_url", impersonation_url},
            {"delegates", json::array()},
            {"source_credentials", user_file()}};
  }

  static constexpr auto impersonation_url
    = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
      "a@p.iam.gserviceaccount.com:generateAccessToken";

  std::string write(const std::string& text) const {
    return folder_.write("key.json", text);
  }

  std::string write(const json& object) const {
    return write(object.dump());
  }

  std::unique_ptr<credentials> open(const credential_options& options) const {
    auto result = open_credentials(options, [this] { return now; });
    if (auto* why = std::get_if<open_fault>(&result))
      ADD_FAILURE() << why->text;
    return std::move(std::get<std::unique_ptr<credentials>>(result));
  }

  static std::string refusal(const credential_options& options) {
    auto result = open_credentials(options);
    auto* why = std::get_if<open_fault>(&result);
    return why != nullptr ? why->text : "opened";
  }

  /// What must be mended.
  static std::string culprit(const credential_options& options) {
    auto result = open_credentials(options);
    auto* why = std::get_if<open_fault>(&result);
    return why != nullptr ? why->where : "";
  }

  bqs::test::environment variables_;
  bqs::test::scratch folder_;
  time_point now{1'700'000'000s + 900ms};
};

TEST_F(credentials_test, signs_what_the_public_key_verifies) {
  auto uut = open({write(key_file()), {"scope-a", "scope-b"}});
  auto token = std::get<http::token>(uut->fetch());
  auto x = take_apart(token.value);
  EXPECT_TRUE(verifies(shared_key(), x));
  json head{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}};
  EXPECT_EQ(x.head, head);
  json claims{{"iss", email},
              {"sub", email},
              {"scope", "scope-a scope-b"},
              {"iat", 1'699'999'990},
              {"exp", 1'700'003'590}};
  EXPECT_EQ(x.claims, claims);
}

TEST_F(credentials_test, a_token_is_said_to_live_less_than_it_does) {
  auto uut = open({write(key_file())});
  auto token = std::get<http::token>(uut->fetch());
  auto x = take_apart(token.value);
  auto ends = time_point{std::chrono::seconds{x.claims.at("exp")}};
  EXPECT_LT(now + token.lifetime, ends - 30s);
  EXPECT_GT(token.lifetime, 55min);
}

TEST_F(credentials_test, every_fetch_signs_anew) {
  auto uut = open({write(key_file())});
  auto first = std::get<http::token>(uut->fetch()).value;
  now += 1h;
  auto x = take_apart(std::get<http::token>(uut->fetch()).value);
  EXPECT_NE(x.signed_text, take_apart(first).signed_text);
  EXPECT_EQ(x.claims.at("iat"), 1'700'003'590);
  EXPECT_TRUE(verifies(shared_key(), x));
}

TEST_F(credentials_test, the_default_scope_is_the_least) {
  auto uut = open({write(key_file())});
  auto x = take_apart(std::get<http::token>(uut->fetch()).value);
  EXPECT_EQ(x.claims.at("scope"),
            "https://www.googleapis.com/auth/bigquery.insertdata");
}

TEST_F(credentials_test, a_key_may_have_any_usual_size_and_no_id) {
  for (auto bits : {1024u, 3072u}) {
    auto key = new_rsa_key(bits);
    auto file = key_file();
    file["private_key"] = to_pem(key.get());
    file.erase("private_key_id");
    auto uut = open({write(file)});
    auto x = take_apart(std::get<http::token>(uut->fetch()).value);
    EXPECT_EQ(x.signature.size() * 8, bits);
    EXPECT_TRUE(verifies(key.get(), x));
    EXPECT_FALSE(x.head.contains("kid"));
  }
}

TEST_F(credentials_test, none_gives_an_empty_token) {
  auto uut = open({"none"});
  auto token = std::get<http::token>(uut->fetch());
  EXPECT_EQ(token.value, "");
  EXPECT_GT(token.lifetime, 24h);
}

TEST_F(credentials_test, without_a_source_the_environment_names_the_file) {
  variables_.set("GOOGLE_APPLICATION_CREDENTIALS", write(key_file()));
  auto uut = open({});
  EXPECT_TRUE(std::holds_alternative<token>(uut->fetch()));
}

TEST_F(credentials_test, then_the_file_of_gcloud_is_used) {
  auto home = folder_.path("home");
  std::filesystem::create_directories(home + "/.config/gcloud");
  std::filesystem::create_directories(folder_.path("sdk"));
  auto name = std::string{"/application_default_credentials.json"};
  folder_.write("home/.config/gcloud" + name, key_file().dump());
  open({});
  variables_.set("CLOUDSDK_CONFIG", folder_.path("sdk"));
  auto line = refusal({});
  EXPECT_NE(line.find(", no " + folder_.path("sdk") + name), std::string::npos)
    << line;
  folder_.write("sdk" + name, "{}");
  EXPECT_EQ(refusal({}), "credentials in " + folder_.path("sdk") + name
                           + ": type is missing");
  // A name that leads nowhere is a mistake, not another place to look.
  variables_.set("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");
  EXPECT_NE(refusal({}).find("/nowhere/key.json: No such file"),
            std::string::npos);
}

TEST_F(credentials_test, without_any_source_it_says_where_it_looked) {
  for (auto set : {false, true}) {
    if (set)
      variables_.set("GOOGLE_APPLICATION_CREDENTIALS", "");
    EXPECT_EQ(refusal({}),
              "no credentials: no file in the settings or in "
              "GOOGLE_APPLICATION_CREDENTIALS, no "
                + folder_.path("home")
                + "/.config/gcloud/application_default_credentials.json, and "
                  "NO_GCE_CHECK forbids to ask a metadata server");
  }
  variables_.unset({"NO_GCE_CHECK"});
  variables_.set("GCE_METADATA_HOST", "127.0.0.1:1");
  auto line = refusal({});
  EXPECT_NE(line.find("no metadata server answers at http://127.0.0.1:1"),
            std::string::npos)
    << line;
  variables_.set("GCE_METADATA_HOST", "evil.com");
  EXPECT_NE(refusal({}).find("GCE_METADATA_HOST leads to evil.com"),
            std::string::npos);
}

TEST_F(credentials_test, no_scope_is_a_mistake) {
  EXPECT_EQ(culprit({write(key_file()), {}}), "bigquery.scopes");
}

TEST_F(credentials_test, a_file_that_cannot_be_read_is_named) {
  auto missing = folder_.path("missing.json");
  auto line = refusal({missing});
  EXPECT_NE(line.find(missing), std::string::npos) << line;
  EXPECT_NE(line.find("No such file"), std::string::npos) << line;
  line = refusal({folder_.path()});
  EXPECT_NE(line.find(folder_.path()), std::string::npos) << line;
  EXPECT_NE(line.find("directory"), std::string::npos) << line;
}

struct bad_file {
  std::string text;
  std::vector<const char*> said;
};

TEST_F(credentials_test, a_bad_file_is_refused_with_its_name_and_its_field) {
  auto with = [this](const char* field, const json& value) {
    auto result = key_file();
    result[field] = value;
    return result.dump();
  };
  auto without = [this](const char* field) {
    auto result = key_file();
    result.erase(field);
    return result.dump();
  };
  evp_pkey_ptr ec{EVP_EC_gen("P-256")};
  auto cut = shared_pem().substr(0, shared_pem().size() / 2);
  std::vector<bad_file> cases{
    {"", {"not JSON"}},
    {"{", {"not JSON"}},
    {shared_pem(), {"not JSON"}},
    {key_file().dump().substr(0, 900), {"not JSON"}},
    {key_file().dump() + '\0', {"not JSON"}},
    {key_file().dump() + '\0' + "more", {"not JSON"}},
    {with("more", json::parse(std::string(64, '[') + std::string(64, ']'))),
     {"nested too deep"}},
    {R"({"universe_domain":)" + std::string(30'000, '[')
       + std::string(30'000, ']') + "}",
     {"nested too deep"}},
    {"[]", {"not a JSON object"}},
    {"\"service_account\"", {"not a JSON object"}},
    {std::string(1 << 17, ' '), {"larger"}},
    {"{}", {"type", "missing"}},
    {without("type"), {"type", "missing"}},
    {with("type", 1), {"type", "not a string"}},
    {with("type", "gdch_service_account"),
     {"type is gdch_service_account, which is not supported"}},
    {with("type", "external_account_authorized_user"),
     {"external_account_authorized_user, which is not supported"}},
    {with("type", shared_pem()), {"type contains a control character"}},
    {with("type", "Some Type"), {"type is none that is known"}},
    {with("type", "0123456789abcdef0123456789abcdef"),
     {"type is none that is known"}},
    {without("client_email"), {"client_email", "missing"}},
    {with("client_email", ""), {"client_email", "empty"}},
    {with("client_email", nullptr), {"client_email", "not a string"}},
    {without("private_key"), {"private_key", "missing"}},
    {with("private_key", ""), {"private_key", "empty"}},
    {with("private_key", json::array()), {"private_key", "not a string"}},
    {with("private_key", cut), {"private_key", "not a usable RSA key"}},
    {with("private_key", "secret"), {"private_key", "not a usable RSA key"}},
    {with("private_key", to_pem(ec.get())), {"private_key", "RSA"}},
    {with("private_key", to_pem(shared_key(), EVP_aes_128_cbc())),
     {"private_key", "not a usable RSA key"}},
    {with("private_key", std::string(60'000, 'A')), {"private_key", "RSA"}},
    {with("private_key_id", 7), {"private_key_id", "not a string"}},
    {with("token_uri", ""), {"token_uri is empty"}},
    {with("token_uri", "secret"), {"token_uri is not a URL"}},
    {with("token_uri", "https://evil.com/token"),
     {"token_uri leads to evil.com", "bigquery.allowed-token-hosts"}},
    {with("token_uri", "http://oauth2.googleapis.com/token"),
     {"token_uri leads to", "plain http"}},
    {with("client_email", "a\nsecret"), {"client_email", "control"}},
    {with("client_email", "not an email"),
     {"client_email is not the email of a service account"}},
    {with("client_email", "a@p@q"), {"client_email is not the email"}},
    {with("client_email", "@p"), {"client_email is not the email"}},
    {with("client_email", "a@"), {"client_email is not the email"}},
    {with("quota_project_id", 1), {"quota_project_id is not a string"}},
    {with("quota_project_id", "a b"), {"quota_project_id is not the id"}},
    {with("universe_domain", ""), {"universe_domain is empty"}},
    {with("universe_domain", "example.com"),
     {"universe_domain is not that of bigquery.endpoint"}},
  };
  for (const auto& x : cases) {
    auto path = write(x.text);
    auto line = refusal({path});
    EXPECT_NE(line.find(path), std::string::npos) << line;
    for (auto* word : x.said)
      EXPECT_NE(line.find(word), std::string::npos) << line << " != " << word;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_EQ(line.find("BEGIN"), std::string::npos) << line;
    EXPECT_EQ(line.find("secret"), std::string::npos) << line;
    // Any eight letters of the key would be too many.
    for (std::size_t i = 40; i + 8 < shared_pem().size(); i += 8)
      EXPECT_EQ(line.find(shared_pem().substr(i, 8)), std::string::npos);
  }
}

struct bad_field {
  json file;
  /// What is said behind the name of the file.
  std::string said;
};

TEST_F(credentials_test, every_type_names_the_field_that_is_wrong) {
  std::vector<bad_field> cases;
  auto change = [&cases](json file, const char* pointer, const json& value,
                         const std::string& said) {
    json::json_pointer at{pointer};
    if (value.is_discarded())
      file.at(at.parent_pointer()).erase(at.back());
    else
      file[at] = value;
    cases.push_back({std::move(file), said});
  };
  const json gone(json::value_t::discarded);
  for (std::string field : {"client_id", "client_secret", "refresh_token"}) {
    change(user_file(), ("/" + field).c_str(), gone, field + " is missing");
    change(user_file(), ("/" + field).c_str(), 1, field + " is not a string");
    change(impersonation_file(), ("/source_credentials/" + field).c_str(), gone,
           "source_credentials." + field + " is missing");
  }
  change(user_file(), "/token_uri", "https://evil.com/secret",
         "token_uri leads to evil.com, which is neither");
  for (std::string field : {"audience", "subject_token_type", "token_url"})
    change(workload_file(), ("/" + field).c_str(), gone, field + " is missing");
  change(workload_file(), "/token_url", "https://evil.com/v1/token",
         "token_url leads to evil.com, which is neither");
  change(workload_file(), "/service_account_impersonation_url",
         "https://evil.com/v1/x/serviceAccounts/a@b.c:generateAccessToken",
         "service_account_impersonation_url leads to evil.com");
  change(workload_file(), "/service_account_impersonation_url",
         "https://iamcredentials.googleapis.com/v1/secret",
         "service_account_impersonation_url does not lead to");
  for (auto path :
       {"/serviceAccounts/a@b.c:generateAccessToken",
        "/v1/x/serviceAccounts/a@b.c:generateAccessToken",
        "/v1/projects/-/x/serviceAccounts/a@b.c:generateAccessToken",
        "/v1/projects/-/serviceAccounts/x/y@b.c:generateAccessToken",
        "/v1/projects/-/serviceAccounts/x/serviceAccounts/"
        "a@b.c:generateAccessToken"})
    change(workload_file(), "/service_account_impersonation_url",
           std::string{"https://iamcredentials.googleapis.com"} + path,
           "service_account_impersonation_url does not lead to");
  for (auto& value : {json("bogus"), json("urn:ietf:params:oauth:token-type:")})
    change(workload_file(), "/subject_token_type", value,
           "subject_token_type is none that is known");
  // Also where nobody is acted for.
  change(workload_file(), "/service_account_impersonation", 5,
         "service_account_impersonation is not an object");
  change(workload_file(), "/service_account_impersonation",
         {{"token_lifetime_seconds", "x"}},
         "service_account_impersonation.token_lifetime_seconds is not an "
         "integer from 600 to 43200");
  auto acting = workload_file();
  acting["service_account_impersonation_url"] = impersonation_url;
  change(acting, "/service_account_impersonation",
         {{"token_lifetime_seconds", 5}},
         "service_account_impersonation.token_lifetime_seconds is not an "
         "integer from 600 to 43200");
  change(workload_file(), "/credential_source", gone,
         "credential_source is missing");
  change(workload_file(), "/credential_source", "secret",
         "credential_source is not an object");
  change(workload_file(), "/credential_source", json::object(),
         "credential_source has none of file, url and executable");
  change(workload_file(), "/credential_source", {{"environment_id", "aws1"}},
         "credential_source.environment_id is of a source that is not "
         "supported");
  change(workload_file(), "/credential_source", {{"certificate", {}}},
         "credential_source.certificate is of a source that is not supported");
  change(workload_file(), "/credential_source/url", "http://localhost/",
         "credential_source.url stands beside file, and only one");
  change(workload_file(), "/credential_source/executable",
         {{"command", "/bin/true"}},
         "credential_source.executable stands beside file, and only one");
  change(
    workload_file(), "/credential_source",
    {{"executable", {{"command", "/bin/true"}}}, {"url", "http://localhost/"}},
    "credential_source.executable stands beside url, and only one");
  change(workload_file(), "/credential_source/file", "",
         "credential_source.file is empty");
  change(workload_file(), "/credential_source/format", {{"type", "xml"}},
         "credential_source.format.type is neither text nor json");
  change(workload_file(), "/credential_source/format", {{"type", "json"}},
         "credential_source.format.subject_token_field_name is missing");
  change(workload_file(), "/credential_source",
         {{"url", "http://evil.com/secret"}},
         "credential_source.url leads to evil.com by plain http");
  change(workload_file(), "/credential_source",
         {{"url", "http://localhost/"}, {"headers", {{"a", 1}}}},
         "credential_source.headers is not an object of strings");
  for (auto& [name, value, wrong] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
         {"Bad Name", "secret", "the name of a header is not one"},
         {"", "secret", "the name of a header is not one"},
         {"Host", "secret", "the header Host is not the caller's to set"},
         {"X", "secret\r\nY: b", "the header X contains a control character"}})
    change(workload_file(), "/credential_source",
           {{"url", "http://localhost/"}, {"headers", {{name, value}}}},
           "credential_source.headers cannot be sent: " + wrong);
  change(workload_file(), "/client_id", 7, "client_id is not a string");
  change(workload_file(), "/client_secret", "secret",
         "client_id is missing, and there is a client_secret");
  change(workload_file(), "/credential_source",
         {{"executable", {{"command", "/bin/true"}}}},
         "credential_source.executable is run only where the environment says");
  change(impersonation_file(), "/service_account_impersonation_url", gone,
         "service_account_impersonation_url is missing");
  for (auto& [value, wrong] : std::vector<std::pair<json, std::string>>{
         {"example.com", " is not that of bigquery.endpoint"},
         {5, " is not a string"},
         {"", " is empty"}})
    change(impersonation_file(), "/source_credentials/universe_domain", value,
           "source_credentials.universe_domain" + wrong);
  auto of_google = impersonation_file();
  of_google["universe_domain"] = "googleapis.com";
  change(of_google, "/source_credentials/universe_domain", "example.com",
         "source_credentials.universe_domain is not that of the credential "
         "around it");
  change(of_google, "/source_credentials/universe_domain", 5,
         "source_credentials.universe_domain is not a string");
  change(impersonation_file(), "/delegates", {{"a", 1}},
         "delegates is not a list of strings");
  change(impersonation_file(), "/delegates", {"a@b.c", "not an email\n"},
         "delegates contains a control character");
  for (auto name : {"", "not an email", "projects/-/serviceAccounts/",
                    "projects/-/serviceAccounts/a/b@c", "projects/a@b.c"})
    change(impersonation_file(), "/delegates", {"a@b.c", name},
           "delegates is not a list of service accounts");
  change(impersonation_file(), "/source_credentials", gone,
         "source_credentials is missing");
  change(impersonation_file(), "/source_credentials", impersonation_file(),
         "source_credentials.type is impersonated_service_account, which is "
         "not supported here; service_account, authorized_user and "
         "external_account are");
  for (const auto& x : cases) {
    auto path = write(x.file);
    auto line = refusal({path});
    EXPECT_EQ(line.find("credentials in " + path + ": " + x.said), 0u)
      << line << " != " << x.said;
    EXPECT_EQ(line.find("secret,"), std::string::npos) << line;
    EXPECT_EQ(line.find("/secret"), std::string::npos) << line;
  }
}

TEST_F(credentials_test, executables_are_checked_where_they_are_allowed) {
  variables_.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
  auto with = [this](const json& executable) {
    auto file = workload_file();
    file["credential_source"] = {{"executable", executable}};
    auto line = refusal({write(file)});
    auto place = line.find(": ");
    return place == std::string::npos ? line : line.substr(place + 2);
  };
  EXPECT_EQ(with({{"command", "/bin/true"}}), "opened");
  EXPECT_EQ(with(json::object()),
            "credential_source.executable.command is missing");
  EXPECT_EQ(with({{"command", " "}}),
            "credential_source.executable.command is empty");
  EXPECT_EQ(with({{"command", "sh -c x"}}),
            "credential_source.executable.command does not begin with an "
            "absolute path");
  EXPECT_EQ(with({{"command", "/bin/true"}, {"timeout_millis", 1}}),
            "credential_source.executable.timeout_millis is not an integer "
            "from 5000 to 120000");
}

TEST_F(credentials_test, a_grant_has_an_audience_and_no_subject) {
  // Of another universe a service account signs its own tokens all the same.
  for (auto universe : {"googleapis.com", "example.com"}) {
    auto file = key_file();
    file["universe_domain"] = universe;
    credential_options options{write(file)};
    options.from = token_source::token_endpoint;
    options.service_host = std::string{"bigquery."} + universe;
    auto uut = open(options);
    uut->cancel(); // no network
    auto made = uut->fetch();
    EXPECT_EQ(std::holds_alternative<token>(made), universe[0] == 'e');
  }
}

TEST_F(credentials_test, a_universe_is_believed_where_the_endpoint_is) {
  auto file = user_file();
  file["universe_domain"] = "example.com";
  file["token_uri"] = "https://oauth2.example.com/token";
  credential_options options{write(file)};
  options.service_host = "bigquery.example.com";
  open(options);
  options.service_host = "bigquery.googleapis.com";
  EXPECT_NE(refusal(options).find("universe_domain is not that of"),
            std::string::npos);
  // And to this machine it may not lead secrets elsewhere.
  options.service_host = "127.0.0.1";
  EXPECT_NE(refusal(options).find("token_uri leads to oauth2.example.com"),
            std::string::npos);
}

TEST_F(credentials_test, a_source_may_name_the_universe_alone_or_as_well) {
  for (std::string universe : {"example.com", "googleapis.com"}) {
    auto file = impersonation_file();
    file["service_account_impersonation_url"]
      = "https://iamcredentials." + universe
        + "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken";
    file["source_credentials"]["universe_domain"] = universe;
    credential_options options{write(file)};
    options.service_host = "bigquery." + universe;
    open(options);
    file["universe_domain"] = universe;
    write(file);
    open(options);
  }
}

TEST_F(credentials_test, an_ending_of_the_endpoint_is_no_universe) {
  struct {
    const char* universe;
    const char* service;
    bool right;
  } cases[] = {
    {"com", "bigquery.googleapis.com", false},
    {"goog", "bigquery.apis.goog", false},
    {"apis.com", "bigquery.googleapis.com", false},
    {"bigquery.googleapis.com", "bigquery.googleapis.com", false},
    {"example.com", "bigquery.x.example.com", false},
    {"x.example.com", "bigquery.x.example.com", true},
    {"googleapis.com", "bigquery.googleapis.com", true},
  };
  for (auto& x : cases) {
    // The secret would go to a host that is in that universe, and nobody's.
    auto file = user_file();
    file["universe_domain"] = x.universe;
    file["token_uri"] = std::string{"https://oauth2."} + x.universe + "/token";
    credential_options options{write(file)};
    options.service_host = x.service;
    auto line = refusal(options);
    EXPECT_EQ(line == "opened", x.right) << x.universe << ": " << line;
    EXPECT_EQ(line.find("universe_domain is not that of") == std::string::npos,
              x.right)
      << line;
    // A metadata server has no more say, nor where the settings build on it.
    auto answer
      = test::answer_text(200, x.universe, "Metadata-Flavor: Google\r\n");
    test::fake_server machine{{test::answering({answer})}};
    variables_.unset({"NO_GCE_CHECK"});
    variables_.set("GCE_METADATA_HOST",
                   "127.0.0.1:" + std::to_string(machine.port()));
    options.source.clear();
    options.impersonate
      = std::string{"https://iamcredentials."} + x.universe
        + "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken";
    line = refusal(options);
    EXPECT_EQ(line == "opened", x.right) << x.universe << ": " << line;
    EXPECT_EQ(line.find("the universe of the metadata server is not that of")
                == std::string::npos,
              x.right)
      << line;
  }
}

TEST_F(credentials_test, an_allowed_host_may_be_written_in_any_way) {
  auto file = user_file();
  file["token_uri"] = "https://[2001:db8::1]:8443/token";
  credential_options options{write(file)};
  EXPECT_NE(refusal(options).find("leads to 2001:db8::1"), std::string::npos);
  for (auto text : {"2001:db8::1", "2001:DB8:0::1", "[2001:db8::1]"}) {
    options.allowed_hosts = {text};
    EXPECT_EQ(refusal(options), "opened") << text;
  }
  file["token_uri"] = "https://STS.example:8443/token";
  write(file);
  options.allowed_hosts = {"Sts.Example"};
  EXPECT_EQ(refusal(options), "opened");
  options.allowed_hosts = {"sts.example:8443"};
  EXPECT_EQ(refusal(options), "must be host names or addresses without a port, "
                              "not sts.example:8443");
  EXPECT_EQ(culprit(options), "bigquery.allowed-token-hosts");
}

TEST_F(credentials_test, who_pays_is_told_by_settings_environment_and_file) {
  auto file = key_file();
  credential_options options{write(file)};
  auto payer
    = [&] { return std::get<token>(open(options)->fetch()).quota_project; };
  EXPECT_EQ(payer(), "");
  file["quota_project_id"] = "by-file";
  write(file);
  EXPECT_EQ(payer(), "by-file");
  variables_.set("GOOGLE_CLOUD_QUOTA_PROJECT", "by-environment");
  EXPECT_EQ(payer(), "by-environment");
  options.quota_project = "by-setting";
  EXPECT_EQ(payer(), "by-setting");
  variables_.set("GOOGLE_CLOUD_QUOTA_PROJECT", "a b");
  EXPECT_EQ(culprit(options), "GOOGLE_CLOUD_QUOTA_PROJECT");
}

TEST_F(credentials_test, impersonation_by_setting_is_checked_at_start) {
  credential_options options{write(key_file())};
  options.impersonate = "a@p.iam.gserviceaccount.com";
  open(options);
  options.impersonate = impersonation_url;
  open(options);
  auto by_number = std::string{"https://iamcredentials.googleapis.com/v1/"
                               "projects/-/serviceAccounts/"};
  options.impersonate = by_number + "1234567890:generateAccessToken";
  open(options);
  options.impersonate = by_number + "1234x:generateAccessToken";
  EXPECT_NE(refusal(options).find("does not lead to"), std::string::npos);
  options.impersonate = impersonation_url;
  options.delegates = {"a@b.c", "projects/-/serviceAccounts/a@b.c", "123"};
  open(options);
  options.delegates.emplace_back("not an email");
  EXPECT_EQ(culprit(options), "bigquery.impersonate-delegates");
  options.delegates.clear();
  options.impersonate = "nobody";
  EXPECT_EQ(refusal(options), "is not a URL, https://HOST[:PORT]/PATH");
  EXPECT_EQ(culprit(options), "bigquery.impersonate");
  options.impersonate = "https://evil.com/serviceAccounts/a@b.c:x";
  EXPECT_NE(refusal(options).find("leads to evil.com"), std::string::npos);
  EXPECT_EQ(culprit(options), "bigquery.impersonate");
  options.source = "none";
  EXPECT_EQ(culprit(options), "bigquery.impersonate");
  // The file is wrong, and not the setting.
  options.source = write(json::object());
  EXPECT_EQ(culprit(options), "bigquery.credentials");
}

TEST_F(credentials_test, a_file_that_changes_is_read_again) {
  auto path = write(key_file());
  auto uut = open({path});
  auto change = uut->refresh();
  EXPECT_FALSE(change.replaced);
  EXPECT_EQ(change.fault, "");
  auto other = key_file();
  other["private_key_id"] = "key-number-2";
  write(other);
  change = uut->refresh();
  EXPECT_TRUE(change.replaced);
  EXPECT_EQ(change.fault, "");
  EXPECT_FALSE(uut->refresh().replaced);
  auto key_id = [&] {
    return take_apart(std::get<token>(uut->fetch()).value).head.at("kid");
  };
  EXPECT_EQ(key_id(), "key-number-2");
  // A broken one is told once, and the old one stays.
  write(std::string{"{\"type\":\"service_account\""});
  change = uut->refresh();
  EXPECT_FALSE(change.replaced);
  EXPECT_NE(change.fault.find(path + ": not JSON"), std::string::npos);
  EXPECT_EQ(uut->refresh().fault, "");
  EXPECT_EQ(key_id(), "key-number-2");
  std::filesystem::remove(path);
  EXPECT_NE(uut->refresh().fault.find("No such file"), std::string::npos);
  EXPECT_EQ(uut->refresh().fault, "");
  EXPECT_EQ(key_id(), "key-number-2");
  write(key_file());
  EXPECT_TRUE(uut->refresh().replaced);
  EXPECT_EQ(key_id(), "key-1");
}

// What stopped the reading, here a want of descriptors, leaves no trace on it.
TEST_F(credentials_test, a_file_that_becomes_readable_is_read) {
  auto path = folder_.path("link.json");
  auto at_first = write(key_file());
  std::filesystem::create_symlink(at_first, path);
  auto uut = open({path});
  auto key_id = [&] {
    return take_apart(std::get<token>(uut->fetch()).value).head.at("kid");
  };
  auto other = key_file();
  other["private_key_id"] = "key-2";
  auto second = folder_.write("second.json", other.dump());
  std::filesystem::remove(path);
  std::filesystem::create_symlink(second, path);
  credential_change first_look;
  credential_change second_look;
  {
    bqs::test::no_descriptors here;
    first_look = uut->refresh();
    second_look = uut->refresh();
  }
  EXPECT_NE(first_look.fault.find("Too many open files"), std::string::npos)
    << first_look.fault;
  EXPECT_EQ(second_look.fault, "");
  EXPECT_FALSE(first_look.replaced || second_look.replaced);
  EXPECT_EQ(key_id(), "key-1");
  EXPECT_TRUE(uut->refresh().replaced);
  EXPECT_FALSE(uut->refresh().replaced);
  EXPECT_EQ(key_id(), "key-2");
}

/// Until it shows: kernels may note the time by their ticks.
void change_rights(const std::string& path) {
  auto changed_at = [&path] {
    struct ::stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return std::pair{found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
  };
  auto before = changed_at();
  do {
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  } while (changed_at() == before);
}

TEST_F(credentials_test, a_change_of_rights_is_a_change) {
  auto path = write(key_file());
  auto uut = open({path});
  change_rights(path);
  EXPECT_TRUE(uut->refresh().replaced);
  EXPECT_FALSE(uut->refresh().replaced);
  // What is wrong is told again if it was changed, and is wrong again.
  write(std::string{"[]"});
  EXPECT_NE(uut->refresh().fault, "");
  EXPECT_EQ(uut->refresh().fault, "");
  write(std::string{"[ ]"});
  EXPECT_NE(uut->refresh().fault, "");
}

} // namespace

} // namespace bqs::http
