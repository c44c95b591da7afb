// Rows in, rows stored: senders, node and sandbox as processes.

#include <csignal>

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

TEST_F(delivery, send_reports_failed_rows_by_file_and_line) {
  start_sandbox();
  start_node();
  // The first row makes the table.
  ASSERT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"},
                R"({"id":"first","n":1})"
                "\n"),
            0)
    << errors;
  auto text = rows_text("good", 10, 0);
  auto file = files.write("rows.ndjson", R"({"id":"a","n":1})"
                                         "\n"
                                         R"({"id":"b","nope":1})"
                                         "\n"
                                         "this is no JSON\n"
                                         "\n"
                                         R"({"id":"c","n":"many"})"
                                         "\n"
                                         R"({"id":"d","n":4})");
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t", "--json",
                 "--insert-id-field=id", file}),
            65);
  auto summary = nlohmann::json::parse(output);
  EXPECT_EQ(summary["rows"], 5);
  EXPECT_EQ(summary["stored"], 2);
  EXPECT_EQ(summary["failed"], 3);
  std::map<int, std::string> reasons;
  std::istringstream lines{errors};
  for (std::string line; std::getline(lines, line);) {
    auto x = nlohmann::json::parse(line);
    EXPECT_EQ(x["file"], file);
    EXPECT_FALSE(x.contains("row"));
    reasons[x["line"].get<int>()]
      = x["reason"].get<std::string>() + ": " + x["message"].get<std::string>();
  }
  EXPECT_EQ(reasons.size(), 3u);
  EXPECT_EQ(reasons[2], "invalid: no such field: nope.");
  EXPECT_TRUE(reasons[3].starts_with("malformed: ")) << reasons[3];
  EXPECT_TRUE(reasons[5].starts_with("invalid: Cannot convert value"))
    << reasons[5];
  EXPECT_EQ(stored()["ds.t"].rows, 3u);
  expect_balanced(status());
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

TEST_F(delivery, a_subscriber_sees_failures_with_the_rows_bytes) {
  start_sandbox();
  start_node();
  process watch{{"errors", "--from=" + to_node(), "--follow", "--last=0"}};
  ASSERT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"id\":\"first\"}\n"),
    0);
  // The subscription may be younger than the first failures: fail until one
  // is seen.
  auto bad = std::string{R"({"id":"x","strange":[1,2]})"} + "\n";
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, bad), 65);
  auto line = watch.wait_for_line("strange");
  ASSERT_TRUE(line);
  auto x = nlohmann::json::parse(*line);
  EXPECT_EQ(x["table"], "ds.t");
  EXPECT_EQ(x["reason"], "invalid");
  EXPECT_EQ(x["row"]["id"], "x");
  EXPECT_FALSE(x["insert_id"].get<std::string>().empty());
  watch.signal(SIGINT);
  watch.wait();
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
}
