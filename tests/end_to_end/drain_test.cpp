// A stop delivers what was accepted.

#include <csignal>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct drain : stage {};

} // namespace

TEST_F(drain, what_cannot_be_delivered_fails_as_shutdown) {
  start_sandbox({"--create-tables", "--fault=status=503"});
  start_node({"--drain.timeout=300ms", "--retry.base=20ms"});
  process watch{{"errors", "--from=" + to_node(), "--follow", "--last=0"}};
  while (status()["subscribers"].get<int>() == 0) {
  }
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                 rows_text("r", 10)};
  while (status()["total"]["accepted"].get<int>() < 10) {
  }
  EXPECT_EQ(stop_node(), 75) << node->errors();
  EXPECT_EQ(sender.wait(), 65);
  EXPECT_NE(sender.errors().find("shutdown"), std::string::npos);
  // The subscriber has got them before the node went.
  EXPECT_TRUE(watch.wait_for_error("trying again"));
  watch.signal(SIGINT);
  EXPECT_EQ(watch.wait(), 0);
  auto& seen = watch.output();
  EXPECT_EQ(std::count(seen.begin(), seen.end(), '\n'), 10) << seen;
}

TEST_F(drain, a_second_signal_ends_at_once) {
  start_sandbox({"--create-tables", "--fault=status=503"});
  start_node();
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--give-up=0s"},
                 rows_text("r", 10)};
  while (status()["total"]["accepted"].get<int>() < 10) {
  }
  node->signal(SIGTERM);
  while (!status()["node"]["draining"].get<bool>()) {
  }
  node->signal(SIGTERM);
  EXPECT_EQ(node->wait(std::chrono::seconds{30}), 130);
  EXPECT_EQ(sender.wait(), 69);
  EXPECT_NE(sender.errors().find("node_lost"), std::string::npos);
}

TEST_F(drain, the_node_ends_though_a_request_hangs) {
  start_sandbox({"--create-tables", "--fault=latency=60s"});
  start_node({"--drain.timeout=300ms"});
  process sender{{"send", "--to=" + to_node(), "--table=ds.t"},
                 rows_text("r", 10)};
  while (status()["in_flight"].get<int>() == 0) {
  }
  EXPECT_EQ(stop_node(), 75);
  EXPECT_EQ(sender.wait(), 65);
  // They may be stored: nobody knows.
  EXPECT_NE(sender.errors().find("\"uncertain\":true"), std::string::npos)
    << sender.errors();
}
