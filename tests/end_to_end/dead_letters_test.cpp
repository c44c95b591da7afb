// Failed rows on disk, and sent again.

#include <filesystem>
#include <fstream>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

namespace fs = std::filesystem;

struct dead_letters : stage {
  std::string letters() const {
    return files.path("letters");
  }

  /// Starts a node that keeps failed rows.
  void start_keeping(std::vector<std::string> more = {}) {
    more.push_back("--dead-letters.directory=" + letters());
    start_node(std::move(more));
  }

  /// A table `ds.t` without the field `text`.
  void make_table() {
    httplib::Client admin{"127.0.0.1", box_port};
    ASSERT_TRUE(admin.Post("/projects/test/datasets",
                           R"({"datasetReference":{"datasetId":"ds"}})",
                           "application/json"));
    auto answer
      = admin.Post("/projects/test/datasets/ds/tables",
                   R"({"tableReference":{"tableId":"t"},"schema":{"fields":[
                     {"name":"id","type":"STRING"},
                     {"name":"n","type":"INTEGER"}]}})",
                   "application/json");
    ASSERT_TRUE(answer && answer->status == 200);
  }

  /// Paths of the files there are.
  std::vector<std::string> paths() const {
    std::vector<std::string> result;
    for (auto& x : fs::directory_iterator{letters()})
      result.push_back(x.path().string());
    return result;
  }

  /// All dead letters, each of them whole.
  std::vector<nlohmann::json> all() const {
    std::vector<nlohmann::json> result;
    for (auto& path : paths()) {
      std::ifstream in{path};
      for (std::string line; std::getline(in, line);)
        result.push_back(nlohmann::json::parse(line));
    }
    return result;
  }
};

/// Rows that fit the table.
std::string good_rows(int rows) {
  std::string result;
  for (int i = 0; i < rows; ++i)
    result += "{\"id\":\"good-" + std::to_string(i) + "\"}\n";
  return result;
}

} // namespace

TEST_F(dead_letters, rows_are_held_while_the_directory_is_full) {
  start_sandbox({});
  make_table();
  fs::create_directory(letters());
  auto old = letters() + "/dead-letters-20250101T000000Z-0001.ndjson";
  std::ofstream{old} << std::string(64 << 10, ' ');
  start_keeping({"--dead-letters.max-bytes=64KiB",
                 "--dead-letters.file-bytes=64KiB",
                 "--budget.max-block-bytes=32KiB"});
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                 good_rows(5) + rows_text("bad", 5)};
  EXPECT_TRUE(node->wait_for_error("dead-letters.max-bytes"));
  auto held = status();
  while (held["total"]["stored"] != 5)
    held = status();
  expect_balanced(held);
  EXPECT_EQ(held["total"]["held"], 5);
  EXPECT_EQ(held["dead_letters"]["waiting"], 5);
  EXPECT_EQ(run({"status", "--of=" + to_node()}), 0);
  EXPECT_NE(output.find("5 waiting"), std::string::npos) << output;
  fs::remove(old);
  EXPECT_EQ(sender.wait(), 65) << sender.errors();
  EXPECT_EQ(all().size(), 5u);
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(dead_letters, each_row_must_have_room) {
  start_sandbox({});
  EXPECT_NE(
    run({"node",
         "--bigquery.endpoint=http://127.0.0.1:" + std::to_string(box_port),
         "--bigquery.credentials=none", "--bigquery.project=test",
         "--dead-letters.directory=" + letters(),
         "--dead-letters.max-bytes=1MiB", "--dead-letters.file-bytes=1MiB"}),
    0);
  EXPECT_NE(errors.find("dead-letters.max-bytes must be at least twice "
                        "budget.max-block-bytes"),
            std::string::npos)
    << errors;
}

TEST_F(dead_letters, a_drain_that_cannot_write_says_so) {
  start_sandbox({});
  make_table();
  fs::create_directory(letters());
  std::ofstream{letters() + "/dead-letters-20250101T000000Z-0001.ndjson"}
    << std::string(64 << 10, ' ');
  start_keeping({"--dead-letters.max-bytes=64KiB",
                 "--dead-letters.file-bytes=64KiB",
                 "--budget.max-block-bytes=32KiB", "--drain.timeout=100ms"});
  process sender{
    {"send", "--to=" + to_node(), "--table=ds.t", "--json", "--give-up=0s"},
    rows_text("bad", 5)};
  EXPECT_TRUE(node->wait_for_error("dead-letters.max-bytes"));
  EXPECT_EQ(stop_node(), 74) << node->errors();
  EXPECT_NE(node->output().find("held: 5 failed rows, their dead letters were "
                                "not written: "),
            std::string::npos)
    << node->output();
  EXPECT_EQ(sender.wait(), 69);
}

TEST_F(dead_letters, two_nodes_do_not_share_a_directory) {
  start_sandbox({});
  start_keeping();
  EXPECT_EQ(
    run({"node", "--node.port=0", "--bigquery.endpoint=http://127.0.0.1:1",
         "--bigquery.project=test", "--bigquery.credentials=none",
         "--dead-letters.directory=" + letters()}),
    64);
  EXPECT_NE(errors.find("dead-letters.directory: " + letters()
                        + " is in use by another node"),
            std::string::npos)
    << errors;
}

TEST_F(dead_letters, a_bad_line_is_told_and_is_not_the_end) {
  start_sandbox();
  start_node();
  auto good = [](int n) {
    return R"({"time":"2026-01-31T12:00:00Z","table":"ds.u","reason":"invalid",)"
           R"("insert_id":"i)"
           + std::to_string(n) + R"(","row":{"n":)" + std::to_string(n)
           + "}}\n";
  };
  auto path = files.write("a.ndjson", good(1) + "{\"row\":\"secret\"}\n"
                                        + good(2) + good(3).substr(0, 90));
  EXPECT_EQ(run({"replay", "--to=" + to_node(), "--json", path}), 65);
  EXPECT_EQ(nlohmann::json::parse(output)["stored"], 2) << output;
  EXPECT_EQ(nlohmann::json::parse(output)["malformed"], 2);
  EXPECT_NE(errors.find("\"line\":2"), std::string::npos) << errors;
  EXPECT_NE(errors.find("\"line\":4"), std::string::npos) << errors;
  EXPECT_EQ(errors.find("secret"), std::string::npos);
  EXPECT_EQ(stored()["ds.u"].rows, 2u);
  EXPECT_EQ(run({"replay", "--to=" + to_node(), path + ".none"}), 66);
  EXPECT_EQ(run({"replay", "--to=" + to_node(), "--since=x", path}), 64);
  EXPECT_EQ(run({"replay", path}), 64);
}
