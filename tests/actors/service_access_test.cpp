#include "actors/service_access.hpp"

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "tests/environment.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

struct service_access_test : testing::Test {
  service_access_test() {
    variables.unset({"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"});
    options.endpoint = "https://bigquery.example";
  }

  std::string fault() const {
    auto read = read_service_access(options);
    auto why = std::get_if<std::string>(&read);
    return why ? *why : "none";
  }

  service_access access() const {
    auto read = read_service_access(options);
    EXPECT_TRUE(std::holds_alternative<service_access>(read)) << fault();
    return std::get<service_access>(std::move(read));
  }

  test::environment variables;
  bigquery_options options;
};

} // namespace

TEST_F(service_access_test, names_an_endpoint_that_is_wrong) {
  for (auto text : {"", "bigquery.example", "https://bigquery.example/path",
                    "http://bigquery.example"}) {
    options.endpoint = text;
    EXPECT_TRUE(fault().starts_with("bigquery.endpoint: ")) << fault();
    EXPECT_EQ(fault().find('\n'), std::string::npos);
  }
}

TEST_F(service_access_test, names_a_proxy_that_is_wrong_and_not_its_password) {
  for (auto text : {"proxy.example", "http://proxy.example",
                    "ftp://u:secret@proxy.example:1"})
    for (auto endpoint : {"https://bigquery.example", "http://127.0.0.1:1"}) {
      options.endpoint = endpoint;
      options.proxy = text;
      EXPECT_TRUE(fault().starts_with("bigquery.proxy: ")) << fault();
      EXPECT_EQ(fault().find("secret"), std::string::npos);
    }
}

TEST_F(service_access_test, asks_the_environment_for_a_proxy_if_it_concerns) {
  variables.set("https_proxy", "http://proxy.example:3128");
  auto x = access();
  auto found = x.how.proxy.find(x.where);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->where.host, "proxy.example");
  options.proxy = "none";
  x = access();
  EXPECT_EQ(x.how.proxy.find(x.where), nullptr);
}

TEST_F(service_access_test, passes_a_bad_proxy_of_the_environment_for_others) {
  variables.set("https_proxy", "ftp://u:secret@proxy.example");
  EXPECT_TRUE(fault().starts_with("bigquery.proxy: ")) << fault();
  EXPECT_EQ(fault().find("secret"), std::string::npos);
  for (auto here : {"http://127.0.0.1:9050", "https://localhost:9050"}) {
    options.endpoint = here;
    auto x = access();
    EXPECT_EQ(x.how.proxy.find(x.where), nullptr) << here;
  }
  // Whoever says which one, or none, does not mean it.
  options.endpoint = "https://bigquery.example";
  options.proxy = "none";
  EXPECT_EQ(fault(), "none");
  options.proxy = "http://proxy.example:3128";
  EXPECT_EQ(fault(), "none");
}

TEST_F(service_access_test, goes_without_credentials_on_this_machine_only) {
  options.credentials = "none";
  EXPECT_EQ(fault(), "bigquery.credentials: none is allowed for a loopback "
                     "endpoint only");
  options.endpoint = "http://127.0.0.1:9050";
  EXPECT_EQ(access().by.source, "none");
  options.endpoint = "https://[::1]:9050";
  EXPECT_EQ(fault(), "none");
}

TEST_F(service_access_test, has_all_that_the_settings_say) {
  options.endpoint = "https://bigquery.example:8443";
  options.credentials = "/nowhere/key.json";
  options.scopes = {"https://a.example/scope", "https://b.example/scope"};
  options.token_source = token_source::token_endpoint;
  options.impersonate = "a@p.iam.gserviceaccount.com";
  options.impersonate_delegates = {"b@p.iam.gserviceaccount.com"};
  options.quota_project = "payer";
  options.allowed_token_hosts = {"sts.example"};
  options.ca_file = "/nowhere/ca.pem";
  options.client_certificate = "/nowhere/client.pem";
  options.client_key = "/nowhere/client.key";
  options.proxy = "http://u:p@proxy.example:3128";
  options.connect_timeout = 1s;
  options.write_timeout = 2s;
  options.answer_timeout = 3s;
  // None of the files is there, and nobody looks.
  auto x = access();
  EXPECT_EQ(x.where, (http::endpoint{true, "bigquery.example", 8443}));
  EXPECT_EQ(x.by.source, options.credentials);
  EXPECT_EQ(x.by.scopes, options.scopes);
  EXPECT_EQ(x.by.from, http::token_source::token_endpoint);
  EXPECT_EQ(x.by.impersonate, options.impersonate);
  EXPECT_EQ(x.by.delegates, options.impersonate_delegates);
  EXPECT_EQ(x.by.quota_project, "payer");
  EXPECT_EQ(x.by.allowed_hosts, options.allowed_token_hosts);
  EXPECT_EQ(x.by.service_host, "bigquery.example");
  // Tokens are fetched by the same way as rows are sent.
  for (auto how : {&x.how, &x.by.transport}) {
    EXPECT_EQ(how->tls.ca_file, options.ca_file);
    EXPECT_EQ(how->tls.certificate, options.client_certificate);
    EXPECT_EQ(how->tls.key, options.client_key);
    EXPECT_EQ(how->connect, 1s);
    EXPECT_EQ(how->write, 2s);
    EXPECT_EQ(how->answer, 3s);
    auto proxy = how->proxy.find(x.where);
    ASSERT_NE(proxy, nullptr);
    EXPECT_EQ(proxy->where.port, 3128);
    EXPECT_EQ(proxy->authorization, "Basic dTpw");
  }
}

TEST_F(service_access_test, signs_tokens_itself_unless_told) {
  auto x = access();
  EXPECT_EQ(x.by.from, http::token_source::self_signed);
  EXPECT_EQ(x.by.source, "");
}

} // namespace bqs
