#include "http/transport_options.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "http/connection.hpp"
#include "http/tls.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/openssl_policy.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/no_descriptors.hpp"
#include "tests/scratch.hpp"

// What lies between a connection and its host: proxies and certificates.

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using test::answer_text;
using test::answering;
using test::asking;
using test::authority;
using test::established;
using test::fake_server;
using test::peer;
using test::proxying;
using test::script;

constexpr auto path = "/bigquery/v2/projects/p/datasets/d/tables/t/insertAll";

answer post(connection& uut, std::string_view body = "{}") {
  return uut.post(path, {{"Authorization", "Bearer secret-token"}}, body,
                  {30s, 1 << 20});
}

/// A host that can be reached by name through a proxy only.
const endpoint service{true, "bigquery.example", 443};

transport_options through(const fake_server& x, const std::string& user = {}) {
  transport_options result;
  result.tls.ca_file = authority().file();
  auto url = "http://" + user + "127.0.0.1:" + std::to_string(x.port());
  result.proxy = std::get<proxy_rules>(proxy_rules::read(url));
  return result;
}

// -- proxies ------------------------------------------------------------------

TEST(tunnel, leads_to_the_host_and_is_kept) {
  auto context = authority().serve("x", "DNS:bigquery.example");
  std::string asked;
  std::string head;
  fake_server server{{proxying(asked, context.get(), [&](peer& client) {
    head = client.read_head();
    client.read(2);
    client.send(answer_text(200, "one"));
    answering({answer_text(200, "two")})(client);
  })}};
  connection uut{service, through(server)};
  auto x = post(uut);
  EXPECT_EQ(x.body, "one") << x.error;
  EXPECT_EQ(x.proxy_status, 0);
  EXPECT_EQ(post(uut).body, "two");
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_EQ(asked, "CONNECT bigquery.example:443 HTTP/1.1\r\n"
                   "Host: bigquery.example:443\r\n\r\n");
  EXPECT_EQ(head.find("POST " + std::string{path} + " HTTP/1.1\r\n"), 0u);
  EXPECT_NE(head.find("\r\nHost: bigquery.example\r\n"), std::string::npos);
}

TEST(tunnel, each_side_sees_its_own_secret_only) {
  auto context = authority().serve("x", "DNS:bigquery.example");
  std::string asked;
  std::string head;
  fake_server server{{proxying(asked, context.get(), [&](peer& client) {
    head = client.read_head();
    client.read(2);
    client.send(answer_text(200, "{}"));
    client.drain();
  })}};
  connection uut{service, through(server, "user:pass@")};
  EXPECT_EQ(post(uut).reach, reach::answered);
  EXPECT_EQ(asked, "CONNECT bigquery.example:443 HTTP/1.1\r\n"
                   "Host: bigquery.example:443\r\n"
                   "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
  EXPECT_NE(head.find("Bearer secret-token"), std::string::npos);
  EXPECT_EQ(head.find("Proxy-Authorization"), std::string::npos);
  EXPECT_EQ(head.find("dXNlcjpwYXNz"), std::string::npos);
}

TEST(tunnel, is_not_for_this_machine) {
  fake_server server{{answering({answer_text(200, "{}")})}};
  auto how = through(fake_server{{}}); // which is gone by now
  connection uut{endpoint{false, "127.0.0.1", server.port()}, how};
  EXPECT_EQ(post(uut).reach, reach::answered);
}

TEST(tunnel, the_certificate_is_that_of_the_host_not_of_the_proxy) {
  auto context = authority().serve("x", "IP:127.0.0.1,DNS:localhost");
  std::string asked;
  fake_server server{
    {proxying(asked, context.get(), answering({answer_text(200, "{}")}))}};
  connection uut{service, through(server)};
  auto x = post(uut);
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_NE(x.error.find("certificate not accepted"), std::string::npos)
    << x.error;
}

TEST(tunnel, is_made_again_when_it_has_ended) {
  auto context = authority().serve("x", "DNS:bigquery.example");
  std::string asked;
  auto once = proxying(asked, context.get(), [](peer& client) {
    client.read_request();
    client.send(answer_text(200, "{}", "Connection: close\r\n"));
    client.finish();
  });
  fake_server server{{once, once}};
  connection uut{service, through(server)};
  EXPECT_EQ(post(uut).reach, reach::answered);
  EXPECT_EQ(post(uut).reach, reach::answered);
  EXPECT_EQ(server.connections(), 2u);
}

TEST(tunnel, what_a_proxy_says_instead_is_told_in_a_line) {
  struct refused_case {
    std::string user;
    std::string text;
    int status;
    std::string why;
  };
  const std::vector<refused_case> cases{
    {"",
     "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n"
     "Proxy-Authenticate: Basic realm=\"x\"\r\n\r\npage",
     407, "the proxy refuses with 407: it wants a user and a password"},
    {"user:hidden@", "HTTP/1.1 407 No\r\n\r\n", 407,
     "the proxy refuses with 407: it does not accept the user and the "
     "password"},
    {"user:hidden@", "HTTP/1.0 403 Forbidden by dXNlcjpoaWRkZW4=\r\n\r\n", 403,
     "the proxy refuses with 403"},
    {"", "HTTP/1.1 502\r\n\r\n", 502, "the proxy refuses with 502"},
    {"", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", 302,
     "the proxy refuses with 302"},
    {"", "HTTP/1.1 100 Continue\r\n\r\n", 100, "the proxy refuses with 100"},
    {"", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 0,
     "the proxy goes on behind the end of its answer"},
    {"", "HTTP/1.1 2000 OK\r\n\r\n", 0, "the proxy does not speak HTTP"},
    {"", "HTTP/2 200\r\n\r\n", 0, "the proxy does not speak HTTP"},
    {"", "HTTP/1.1 2\r\n\r\n", 0, "the proxy does not speak HTTP"},
    {"", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, "the proxy does not speak HTTP"},
    {"", "\r\n\r\n", 0, "the proxy does not speak HTTP"},
    {"", "HTTP/1.1 200 OK\r\n", 0, "the proxy closed the connection"},
    {"", "", 0, "the proxy closed the connection"},
  };
  for (const auto& x : cases) {
    fake_server server{{[&](peer& client) {
      client.read_head();
      client.send(x.text);
      client.finish();
      client.drain();
    }}};
    connection uut{service, through(server, x.user)};
    auto result = post(uut);
    EXPECT_EQ(result.reach, reach::not_sent);
    EXPECT_EQ(result.proxy_status, x.status);
    EXPECT_EQ(result.error, "nothing sent: no tunnel to bigquery.example:443 "
                            "through 127.0.0.1:"
                              + std::to_string(server.port()) + ": " + x.why);
  }
}

TEST(tunnel, an_answer_of_a_proxy_is_bounded) {
  for (std::string begin : {"", "HTTP/1.1 ", "HTTP/1.1 407 No\r\nX: "}) {
    fake_server server{{[&](peer& client) {
      client.read_head();
      client.send(begin);
      client.flood(std::string(1000, 'x'));
    }}};
    connection uut{service, through(server)};
    auto x = post(uut);
    EXPECT_EQ(x.reach, reach::not_sent);
    EXPECT_NE(x.error.find("the proxy's answer has no end"), std::string::npos)
      << x.error;
  }
}

TEST(tunnel, has_the_time_of_a_connection) {
  const std::vector<script> scripts{
    [](peer& client) { client.drain(); },
    [](peer& client) { client.drip("X-Header: value\r\n", 5ms, 17); },
    // Behind it nobody answers.
    [](peer& client) {
      client.read_head();
      client.send(established);
      client.drain();
    },
  };
  for (const auto& x : scripts) {
    fake_server server{{x}};
    auto how = through(server);
    how.connect = 200ms;
    connection uut{service, how};
    auto begin = std::chrono::steady_clock::now();
    auto result = post(uut);
    EXPECT_EQ(result.reach, reach::not_sent);
    EXPECT_NE(result.error.find("timed out"), std::string::npos)
      << result.error;
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
  }
}

TEST(tunnel, a_proxy_that_is_not_there_is_named) {
  auto server = std::make_unique<fake_server>(std::vector<script>{});
  connection uut{service, through(*server, "user:hidden@")};
  auto port = std::to_string(server->port());
  server.reset();
  auto x = post(uut);
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_EQ(x.error, "nothing sent: proxy: cannot connect to 127.0.0.1 port "
                       + port + ": Connection refused");
}

// -- certificates of our own --------------------------------------------------

std::string fault_of(const tls_options& x) {
  auto result = tls_context::open(x);
  auto* fault = std::get_if<std::string>(&result);
  return fault == nullptr ? "" : *fault;
}

transport_options with(const tls_options& x) {
  transport_options result;
  result.tls = x;
  return result;
}

struct client_certificate : ::testing::Test {
  /// Makes a certificate of `by`.
  tls_options issued(const test::test_authority& by, const std::string& name) {
    auto file = folder.path(name);
    by.issue(file);
    return {authority().file(), file + ".crt", file + ".key"};
  }

  answer post_to(SSL_CTX* context, const tls_options& tls) {
    fake_server server{{answering({answer_text(200, "{}")})}, context};
    connection uut{endpoint{true, "127.0.0.1", server.port()}, with(tls)};
    return post(uut);
  }

  bqs::test::scratch folder;
  test::test_authority clients;
  test::test_authority strangers;
};

TEST_F(client_certificate, is_shown_to_whoever_asks) {
  auto tls = issued(clients, "node");
  auto context = asking(authority().serve("x", "IP:127.0.0.1"), clients);
  auto x = post_to(context.get(), tls);
  EXPECT_EQ(x.reach, reach::answered) << x.error;
  auto careless = authority().serve("x", "IP:127.0.0.1");
  EXPECT_EQ(post_to(careless.get(), tls).reach, reach::answered);
}

TEST_F(client_certificate, without_the_right_one_there_is_no_answer) {
  auto context = asking(authority().serve("x", "IP:127.0.0.1"), clients);
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_min_proto_version(context.get(), version);
    auto x = post_to(context.get(), {authority().file(), {}, {}});
    EXPECT_NE(x.reach, reach::answered);
    EXPECT_NE(x.error.find("TLS"), std::string::npos) << x.error;
    x = post_to(context.get(), issued(strangers, "stranger"));
    EXPECT_NE(x.reach, reach::answered);
    EXPECT_NE(x.error.find("TLS"), std::string::npos) << x.error;
  }
}

TEST_F(client_certificate, faults_name_the_option_and_the_file) {
  auto good = issued(clients, "node");
  auto other = issued(clients, "other");
  auto text = folder.write("text", "-----BEGIN NONSENSE-----\n");
  auto missing = folder.path("missing");
  auto followed
    = folder.write("followed", bqs::test::text_of(good.certificate)
                                 + "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                   "-----END CERTIFICATE-----\n");
  auto locked = folder.path("locked.key");
  test::lock_key(good.key, locked, "words");
  struct {
    tls_options tls;
    std::string option;
    std::vector<std::string> named;
  } cases[] = {
    {{missing, {}, {}}, "ca-file: ", {missing}},
    {{text, {}, {}}, "ca-file: ", {text}},
    {{{}, missing, good.key}, "client-certificate: ", {missing}},
    {{{}, text, good.key},
     "client-certificate: ",
     {text, "holds no certificate in PEM"}},
    {{{}, followed, good.key},
     "client-certificate: ",
     {followed, "is not taken by OpenSSL here ("}},
    {{{}, good.certificate, {}}, "client-certificate: ", {good.certificate}},
    {{{}, good.key, good.key}, "client-certificate: ", {good.key}},
    {{{}, {}, good.key}, "client-key: ", {good.key}},
    {{{}, good.certificate, missing}, "client-key: ", {missing}},
    {{{}, good.certificate, text}, "client-key: ", {text}},
    {{{}, good.certificate, locked}, "client-key: ", {locked}},
    {{{}, good.certificate, good.certificate},
     "client-key: ",
     {good.certificate}},
    {{{}, good.certificate, other.key},
     "client-key: ",
     {good.certificate, other.key}},
  };
  for (const auto& x : cases) {
    auto fault = fault_of(x.tls);
    EXPECT_EQ(fault.find(x.option), 0u) << fault;
    for (const auto& file : x.named)
      EXPECT_NE(fault.find(file), std::string::npos) << fault;
    EXPECT_EQ(fault.find('\n'), std::string::npos) << fault;
    // Whoever has not asked before hears it then.
    connection uut{endpoint{true, "127.0.0.1", 1}, with(x.tls)};
    EXPECT_EQ(post(uut).error, "nothing sent: " + fault);
  }
  EXPECT_EQ(fault_of(good), "");
  EXPECT_EQ(fault_of({}), "");
  // Nobody writes into the one, ever, and the other has no end.
  auto pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& file : {pipe, std::string{"/dev/zero"}}) {
    auto why = file + " cannot be read (not a file)";
    EXPECT_EQ(fault_of({file, {}, {}}), "ca-file: " + why);
    EXPECT_EQ(fault_of({{}, file, good.key}), "client-certificate: " + why);
    EXPECT_EQ(fault_of({{}, good.certificate, file}), "client-key: " + why);
  }
}

TEST_F(client_certificate, that_the_policy_is_against_is_named) {
  auto name = folder.path("weak");
  test::issue_weak(name);
  tls_options weak{{}, name + ".crt", name + ".key"};
  {
    test::policy strict{"strict", "CipherString = DEFAULT@SECLEVEL=2\n"};
    EXPECT_EQ(fault_of(weak), "client-certificate: " + weak.certificate
                                + " is not taken by OpenSSL here (ee key too "
                                  "small)");
  }
  test::lax_policy lax;
  EXPECT_EQ(fault_of(weak), "");
}

TEST_F(client_certificate, a_want_of_descriptors_is_no_fault_of_a_file) {
  auto good = issued(clients, "node");
  std::string fault;
  {
    bqs::test::no_descriptors here;
    fault = fault_of(good);
  }
  EXPECT_NE(fault.find("cannot be read (Too many open files)"),
            std::string::npos)
    << fault;
  EXPECT_EQ(fault_of(good), "");
}

} // namespace

} // namespace bqs::http
