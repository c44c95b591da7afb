// Peers that mean no good: the node serves on and says nothing.

#include <sys/socket.h>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct hostile_peer : stage {
  void expect_serving() {
    EXPECT_EQ(
      run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("r", 100)),
      0)
      << errors;
    expect_balanced(status());
    EXPECT_EQ(node->errors(), "");
    auto& out = node->output();
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
  }
};

} // namespace

TEST_F(hostile_peer, nobody_elsewhere_can_end_an_actor_of_the_node) {
  start_sandbox();
  start_node();
  expect_serving(); // streamers and http actors are there to be hit
  auto port = std::to_string(node_port);
  auto intruder = process::run(BQS_INTRUDER, {port});
  EXPECT_EQ(intruder.wait(), 0) << intruder.errors();
  EXPECT_EQ(intruder.output(), "400 actors were addressed\n");
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, garbage_on_the_port_is_no_harm) {
  start_sandbox();
  start_node();
  httplib::Client stranger{"127.0.0.1", node_port};
  stranger.set_read_timeout(2);
  EXPECT_FALSE(stranger.Get("/")); // not one byte of an answer
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}
