// Rows in, rows stored: senders, node and sandbox as processes.

#include <sys/stat.h>
#include <unistd.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct delivery : stage {};

} // namespace

TEST_F(delivery, two_senders_at_once_reach_twenty_tables_exactly_once) {
  start_sandbox();
  start_node();
  auto port = std::to_string(node_port);
  auto one = process::run(BQS_TABLE_SENDER, {port, "a", "20", "2500"});
  auto two = process::run(BQS_TABLE_SENDER, {port, "b", "20", "2500"});
  EXPECT_EQ(one.wait(), 0) << one.errors();
  EXPECT_EQ(two.wait(), 0) << two.errors();
  EXPECT_EQ(one.output(), "50000 50000 0\n");
  EXPECT_EQ(two.output(), "50000 50000 0\n");
  auto books = status();
  expect_balanced(books);
  EXPECT_EQ(books["total"]["accepted"], 100000);
  EXPECT_EQ(books["total"]["stored"], 100000);
  EXPECT_EQ(books["tables"].size(), 20u);
  auto tables = stored();
  EXPECT_EQ(tables.size(), 20u);
  for (auto& [name, x] : tables) {
    EXPECT_EQ(x.rows, 5000u) << name;
    EXPECT_EQ(x.distinct_insert_ids, 5000u) << name;
  }
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(node->errors(), "");
}

TEST_F(delivery, several_streamers_share_a_table) {
  // A slow service keeps the first streamer busy while rows come in.
  start_sandbox({"--create-tables", "--fault=latency=50ms"});
  start_node({"--streamers.per-table=4"});
  auto port = std::to_string(node_port);
  auto sender = process::run(BQS_TABLE_SENDER, {port, "a", "1", "20000"});
  EXPECT_EQ(sender.wait(), 0);
  EXPECT_EQ(sender.output(), "20000 20000 0\n");
  EXPECT_EQ(stored()["many.t0"].distinct_insert_ids, 20000u);
  EXPECT_EQ(stored()["many.t0"].rows, 20000u);
  EXPECT_GT(status()["tables"][0]["lanes"], 1);
}

TEST_F(delivery, a_number_out_of_range_is_a_matter_of_its_row_alone) {
  start_sandbox();
  start_node();
  ASSERT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"a\":1}\n"),
            0);
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                "{\"a\":2}\n{\"a\":1e999}\n{\"a\":3}\n"),
            65);
  EXPECT_EQ(nlohmann::json::parse(output)["stored"], 2);
  EXPECT_EQ(nlohmann::json::parse(errors)["line"], 2);
  EXPECT_EQ(stored()["ds.t"].rows, 3u);
}

TEST_F(delivery, rows_come_through_standard_input_in_bounded_memory) {
  start_sandbox();
  start_node();
  auto text = rows_text("s", 50000, 100);
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--json"}, text};
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(nlohmann::json::parse(sender.output())["stored"], 50000);
  EXPECT_EQ(stored()["ds.t"].rows, 50000u);
}

TEST_F(delivery, the_demo_agrees_with_itself) {
  EXPECT_EQ(run({"demo"}), 0) << output << errors;
  // What it says to try next can be called as it stands.
  auto call = output.find(" sandbox --port=9050");
  ASSERT_NE(call, std::string::npos) << output;
  auto line = output.rfind('\n', call);
  auto name = output.substr(line + 4, call - line - 4);
  EXPECT_TRUE(name == "bqstreamer" || ::access(name.c_str(), X_OK) == 0)
    << name; // without a path where the PATH leads to it
}

TEST_F(delivery, the_demo_does_not_wait_for_a_pipe) {
  auto pipe = files.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(run({"demo", "--index=" + pipe}), 69);
  EXPECT_NE(errors.find(pipe + " cannot be read (not a file)"),
            std::string::npos)
    << errors;
}
