// A node and its sender on two machines, as far as one machine can be two: each
// has a network namespace with an address of its own, a cable in between.

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

const std::string node_address = "192.0.2.1";

struct two_hosts : stage {
  ~two_hosts() override {
    node.reset();
    box.reset();
    for (auto& name : {here, there})
      ip({"netns", "del", name});
  }

  /// Runs ip(8). Returns what it has against that.
  static std::string ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    auto x = process::run("/usr/bin/env", std::move(arguments));
    if (x.wait() == 0)
      return {};
    return "ip: " + x.errors();
  }

  /// Makes the two, or returns why that may not be.
  std::string connect_hosts() const {
    for (std::vector<std::string> step :
         {std::vector<std::string>{"netns", "add", here},
          {"netns", "add", there},
          {"-n", here, "link", "add", "cable", "type", "veth", "peer", "name",
           "cable", "netns", there},
          {"-n", here, "address", "add", node_address + "/30", "dev", "cable"},
          {"-n", there, "address", "add", "192.0.2.2/30", "dev", "cable"},
          {"-n", here, "link", "set", "lo", "up"},
          {"-n", here, "link", "set", "cable", "up"},
          {"-n", there, "link", "set", "cable", "up"}})
      if (auto why = ip(step); !why.empty())
        return why;
    return {};
  }

  /// Starts the program on one of them.
  static process start(const std::string& host,
                       std::vector<std::string> arguments) {
    std::vector<std::string> all{"ip", "netns", "exec", host, BQS_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return process::run("/usr/bin/env", std::move(all));
  }

  /// Runs a command there. Returns its exit code.
  int run_there(std::vector<std::string> arguments) {
    auto x = start(there, std::move(arguments));
    auto code = x.wait();
    output = x.output();
    errors = x.errors();
    return code;
  }

  std::string pki(const std::string& name) const {
    return files.path("pki/" + name);
  }

  std::string here = "bqs-here-" + std::to_string(::getpid());
  std::string there = "bqs-there-" + std::to_string(::getpid());
};

} // namespace

TEST_F(two_hosts, stream_over_mutual_tls) {
  if (auto why = connect_hosts(); !why.empty())
    GTEST_SKIP() << "no network namespaces can be made here: " << why;
  ASSERT_EQ(run({"make-certs", files.path("pki"), node_address}), 0) << errors;
  box.emplace(start(here, {"sandbox", "--port=0", "--create-tables",
                           "--data=" + files.path("sandbox")}));
  auto line = box->wait_for_line("127.0.0.1:");
  ASSERT_TRUE(line) << box->errors();
  auto endpoint = "http://127.0.0.1:" + std::to_string(port_in(*line));
  std::vector<std::string> arguments{"node",
                                     "--node.address=" + node_address,
                                     "--node.port=0",
                                     "--bigquery.endpoint=" + endpoint,
                                     "--bigquery.project=test",
                                     "--bigquery.credentials=none",
                                     "--batch.age=50ms"};
  // Not without certificates.
  auto bare = start(here, arguments);
  EXPECT_EQ(bare.wait(), 64);
  EXPECT_NE(bare.errors().find("make-certs"), std::string::npos);
  arguments.insert(arguments.end(),
                   {"--node.tls-certificate=" + pki("node.crt"),
                    "--node.tls-key=" + pki("node.key"),
                    "--node.tls-ca-file=" + pki("ca.crt")});
  node.emplace(start(here, arguments));
  line = node->wait_for_line("listens on " + node_address + ":");
  ASSERT_TRUE(line) << node->errors();
  auto at = line->find(node_address + ":") + node_address.size() + 1;
  auto to = node_address + ":"
            + std::to_string(std::strtoul(line->c_str() + at, nullptr, 10));
  auto rows = files.write("rows.ndjson", rows_text("row", 5000));
  // A sender without a certificate gets nowhere.
  EXPECT_EQ(run_there({"send", "--to=" + to, "--table=ds.t", rows}), 69);
  auto told = node->wait_for_error(" was refused: ");
  EXPECT_TRUE(told);
  std::vector<std::string> shown{"--tls-certificate=" + pki("client.crt"),
                                 "--tls-key=" + pki("client.key"),
                                 "--tls-ca-file=" + pki("ca.crt")};
  std::vector<std::string> send{"send", "--to=" + to, "--table=ds.t", rows};
  send.insert(send.end(), shown.begin(), shown.end());
  EXPECT_EQ(run_there(send), 0) << errors;
  std::vector<std::string> ask{"status", "--of=" + to, "--json"};
  ask.insert(ask.end(), shown.begin(), shown.end());
  ASSERT_EQ(run_there(ask), 0) << errors;
  auto status = nlohmann::json::parse(output, nullptr, false);
  expect_balanced(status);
  EXPECT_EQ(status["total"]["stored"], 5000);
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(stored()["ds.t"].rows, 5000u);
}
