// The examples, as separate programs that were built against an installed copy.

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct examples : stage {
  static process start(const std::string& name,
                       std::vector<std::string> arguments) {
    return process::run(std::string{BQS_EXAMPLES "/"} + name + "/" + name,
                        std::move(arguments));
  }
};

} // namespace

TEST_F(examples, sender_sees_its_rows_stored) {
  start_sandbox();
  start_node();
  auto uut = start("sender", {to_node(), "ds.t", "2500"});
  EXPECT_EQ(uut.wait(), 0) << uut.errors();
  EXPECT_EQ(uut.output(), "2500 stored, 0 failed\n");
  EXPECT_EQ(stored()["ds.t"].rows, 2500u);
}

TEST_F(examples, all_take_the_settings_for_tls) {
  ASSERT_EQ(run({"make-certs", files.path("pki"), "127.0.0.1"}), 0) << errors;
  auto file = [this](const char* name) {
    return files.path(std::string{"pki/"} + name);
  };
  auto pass = files.write("pass", "pass of operators\n");
  start_sandbox();
  start_node({"--node.tls-certificate=" + file("node.crt"),
              "--node.tls-key=" + file("node.key"),
              "--node.tls-ca-file=" + file("ca.crt"),
              "--node.admin-pass-file=" + pass});
  std::map<std::string, std::vector<std::string>> all{
    {"sender", {to_node(), "ds.t", "10"}},
    {"one_row",
     {"127.0.0.1", std::to_string(node_port), "ds", "t", R"({"n":"bad"})"}},
    {"watch", {to_node(), "ds.t"}}};
  show_client_of(files.path("pki"));
  variables.set("BQSTREAMER_TLS_CERTIFICATE", "/no/such.crt");
  variables.set("BQSTREAMER_ADMIN_PASS_FILE", pass);
  for (auto& [name, arguments] : all) {
    auto wrong = start(name, arguments);
    EXPECT_EQ(wrong.wait(), 64) << name;
    EXPECT_NE(wrong.errors().find("/no/such.crt"), std::string::npos)
      << wrong.errors();
  }
  variables.set("BQSTREAMER_TLS_CERTIFICATE", file("client.crt"));
  auto sender = start("sender", all["sender"]);
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(sender.output(), "10 stored, 0 failed\n");
  auto one_row = start("one_row", all["one_row"]);
  EXPECT_EQ(one_row.wait(), 0) << one_row.errors();
  EXPECT_EQ(one_row.output(), "accepted \n");
  // Failures are for operators.
  auto watch = start("watch", all["watch"]);
  EXPECT_TRUE(watch.wait_for_line("invalid"));
}

TEST_F(examples, sender_survives_the_sudden_end_of_the_node) {
  start_sandbox();
  start_node();
  auto uut = start("sender", {to_node(), "ds.t", "100000"});
  // Some rows are stored, and some are not.
  while (status()["total"]["stored"] == 0) {
  }
  node->signal(SIGKILL);
  node->wait();
  start_node();
  EXPECT_EQ(uut.wait(), 0) << uut.errors();
  EXPECT_EQ(uut.output(), "100000 stored, 0 failed\n");
  auto x = stored()["ds.t"];
  EXPECT_EQ(x.rows, 100'000u);
  EXPECT_EQ(x.distinct_insert_ids, 100'000u);
  expect_balanced(status());
  // The second node has had its part.
  EXPECT_GT(status()["total"]["stored"], 0);
}

TEST_F(examples, sender_waits_for_a_node_that_comes_late) {
  start_sandbox();
  start_node();
  auto where = to_node();
  EXPECT_EQ(stop_node(), 0);
  auto uut = start("sender", {where, "ds.t", "10"});
  EXPECT_TRUE(uut.wait_for_error("no connection to " + where));
  start_node();
  EXPECT_EQ(uut.wait(), 0) << uut.errors();
  EXPECT_EQ(stored()["ds.t"].rows, 10u);
}

TEST_F(examples, watch_sees_failures_of_before_and_after) {
  start_sandbox();
  start_node();
  // The first row makes the table.
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"n\":1}\n"),
            0);
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "early\n"), 65);
  auto uut = start("watch", {to_node(), "ds.t"});
  EXPECT_TRUE(uut.wait_for_line("watching " + to_node()));
  EXPECT_TRUE(uut.wait_for_line("malformed"));
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"n\":\"late\"}\n"),
    65);
  EXPECT_TRUE(uut.wait_for_line("invalid"));
  // And it comes back by itself.
  node->signal(SIGKILL);
  node->wait();
  EXPECT_TRUE(uut.wait_for_line("was lost"));
  start_node();
  EXPECT_TRUE(uut.wait_for_line("watching " + to_node()));
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "again\n"), 65);
  EXPECT_TRUE(uut.wait_for_line("malformed"));
  uut.signal(SIGKILL);
}

TEST_F(examples, embedded_needs_no_other_process) {
  start_sandbox();
  auto uut = start("embedded", {"http://127.0.0.1:" + std::to_string(box_port),
                                "sandbox", "ds.t"});
  EXPECT_EQ(uut.wait(), 0) << uut.errors();
  EXPECT_EQ(stored()["ds.t"].rows, 10u);
}

TEST_F(examples, one_row_needs_nothing_but_the_message) {
  start_sandbox();
  start_node();
  auto uut = start("one_row", {"127.0.0.1", std::to_string(node_port), "ds",
                               "t", "{\"n\":1}"});
  EXPECT_EQ(uut.wait(), 0) << uut.errors();
  EXPECT_EQ(uut.output(), "accepted \n");
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(stored()["ds.t"].rows, 1u);
}
