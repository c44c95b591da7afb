// What is between a node and the service: TLS, and a proxy.

#include <atomic>
#include <csignal>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/test_authority.hpp"

using namespace bqs::test;
using bqs::http::test::answer_text;
using bqs::http::test::asking;
using bqs::http::test::fake_server;
using bqs::http::test::peer;
using bqs::http::test::proxying;
using bqs::http::test::script;
using bqs::http::test::test_authority;

namespace {

struct network : stage {
  /// A sandbox that speaks TLS, as `localhost`.
  void start_secure_sandbox() {
    authority.issue(files.path("box"), "DNS:localhost");
    start_sandbox({"--create-tables", "--tls-cert=" + files.path("box.crt"),
                   "--tls-key=" + files.path("box.key")});
  }

  std::string secure_box() const {
    return "--bigquery.endpoint=https://localhost:" + std::to_string(box_port);
  }

  int send(int rows) {
    return run({"send", "--to=" + to_node(), "--table=ds.t"},
               rows_text("row", rows));
  }

  test_authority authority;
};

} // namespace

TEST_F(network, rows_go_by_tls_to_whom_the_authority_vouches_for) {
  start_secure_sandbox();
  start_node({secure_box(), "--bigquery.ca-file=" + authority.file()});
  EXPECT_EQ(send(2'000), 0) << errors;
  EXPECT_EQ(stored()["ds.t"].rows, 2'000u);
  expect_balanced(status());
}

TEST_F(network, the_systems_authorities_are_believed) {
  start_secure_sandbox();
  variables.set("SSL_CERT_FILE", authority.file());
  start_node({secure_box()});
  EXPECT_EQ(send(10), 0) << errors;
  EXPECT_EQ(stored()["ds.t"].rows, 10u);
}

TEST_F(network, a_service_of_another_authority_gets_nothing) {
  start_secure_sandbox();
  test_authority other;
  // Though the system would believe it.
  variables.set("SSL_CERT_FILE", authority.file());
  start_node({secure_box(), "--bigquery.ca-file=" + other.file(),
              "--retry.base=50ms", "--retry.cap=100ms", "--retry.max-age=1s"});
  EXPECT_EQ(send(3), 65);
  // Their age may end in the middle of a try.
  EXPECT_TRUE(errors.find("expired") != std::string::npos
              || errors.find("\"connect\"") != std::string::npos)
    << errors;
  EXPECT_NE(errors.find("certificate"), std::string::npos) << errors;
  EXPECT_TRUE(stored().empty());
  expect_balanced(status());
}

TEST_F(network, a_wrong_certificate_file_is_named_at_the_start) {
  auto file = files.write("ca.pem", "no certificate\n");
  EXPECT_EQ(run({"node", "--bigquery.credentials=none",
                 "--bigquery.endpoint=https://localhost:1",
                 "--bigquery.project=p", "--bigquery.ca-file=" + file}),
            64);
  EXPECT_NE(errors.find("bigquery.ca-file"), std::string::npos) << errors;
  EXPECT_NE(errors.find(file), std::string::npos) << errors;
}

TEST_F(network, a_service_that_demands_a_certificate_gets_ours) {
  start_sandbox();
  test_authority clients;
  clients.issue(files.path("node"));
  auto context = asking(authority.serve("service", "DNS:localhost"), clients);
  // Whoever has shown it speaks with the sandbox.
  std::atomic<int> requests{0};
  auto pass_on = [&](peer& x) {
    httplib::Client to_box{"127.0.0.1", box_port};
    for (auto head = x.read_head(); !head.empty(); head = x.read_head()) {
      ++requests;
      auto path = head.substr(5, head.find(" HTTP/") - 5); // behind POST
      auto answer = to_box.Post(path, {{"Authorization", "Bearer any"}},
                                x.read_body(head), "application/json");
      ASSERT_TRUE(answer);
      x.send(answer_text(answer->status, answer->body));
    }
  };
  fake_server front{std::vector<script>(1000, pass_on), context.get()};
  std::vector<std::string> options{
    "--bigquery.endpoint=https://localhost:" + std::to_string(front.port()),
    "--bigquery.ca-file=" + authority.file(), "--dispatch.max-in-flight=1",
    "--retry.base=50ms", "--retry.cap=100ms"};
  start_node(options);
  process sender{{"send", "--to=" + to_node(), "--table=ds.t"},
                 rows_text("row", 1'000)};
  // The refusal may be overtaken by the end of the connection: it tries again.
  EXPECT_TRUE(node->wait_for_error("ds.t is unavailable"));
  while (status()["tables"][0]["reason"].get<std::string>().find(
           "alert certificate required")
         == std::string::npos)
    ASSERT_LT(front.connections(), 900u);
  EXPECT_EQ(requests, 0);
  node->signal(SIGKILL);
  node->wait();
  // The same rows, from a node that has one.
  options.push_back("--bigquery.client-certificate=" + files.path("node.crt"));
  options.push_back("--bigquery.client-key=" + files.path("node.key"));
  options.push_back("--log.level=debug");
  start_node(options);
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_GT(requests, 0);
  EXPECT_EQ(stored()["ds.t"].rows, 1'000u);
  expect_balanced(status());
  // Nor does it tell of the key that it has used.
  auto key = pem_content(text_of(files.path("node.key")));
  expect_none_of({key}, output + errors, "status");
  EXPECT_EQ(stop_node(), 0);
  expect_none_of({key}, node->output() + node->errors(), "log");
  expect_none_of({key}, sender.output() + sender.errors(), "sender");
}

TEST_F(network, a_proxy_lets_the_node_through_and_learns_no_token) {
  auto key = files.path("key.json");
  start_sandbox({"--write-key=" + key}); // for the key only
  auto context = authority.serve("x", "DNS:bigquery.example");
  std::string asked;
  std::string head;
  std::string body;
  fake_server proxy{{proxying(asked, context.get(), [&](peer& x) {
    head = x.read_head();
    body = x.read_body(head);
    x.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
           "Content-Length: 2\r\n\r\n{}");
    x.ignore();
  })}};
  auto url = "http://user:opensesame@127.0.0.1:" + std::to_string(proxy.port());
  variables.set("https_proxy", url);
  start_node({"--bigquery.endpoint=https://bigquery.example",
              "--bigquery.credentials=" + key,
              "--bigquery.ca-file=" + authority.file(), "--log.level=debug"});
  EXPECT_EQ(send(3), 0) << errors;
  EXPECT_EQ(asked.substr(0, asked.find('\r')),
            "CONNECT bigquery.example:443 HTTP/1.1");
  EXPECT_NE(asked.find("Proxy-Authorization: Basic "), std::string::npos);
  EXPECT_EQ(asked.find("Bearer"), std::string::npos);
  EXPECT_NE(head.find("Authorization: Bearer "), std::string::npos);
  EXPECT_EQ(head.find("Proxy-"), std::string::npos);
  EXPECT_NE(body.find(R"("id":"row-2")"), std::string::npos);
  EXPECT_EQ(run({"status", "--of=" + to_node(), "--json"}), 0);
  EXPECT_EQ(stop_node(), 0);
  for (auto& said : {output, node->output(), node->errors()})
    EXPECT_EQ(said.find("opensesame"), std::string::npos) << said;
}
