// Tables that are not there, ends of all kinds, and doors that are locked.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>

#include "http/endpoint.hpp"
#include "sandbox/key_file.hpp"
#include "tests/live/live_stage.hpp"

using namespace bqs::live;
using bqs::test::process;
using bqs::test::rows_text;

namespace {

namespace fs = std::filesystem;

struct trouble : live_stage {
  /// A node whose requests are small and follow each other, so that there is
  /// time to disturb it.
  void start_slow() {
    start({"--dispatch.max-in-flight=1", "--dispatch.start-in-flight=0",
           "--batch.rows=50", "--batch.max-rows=50"});
  }

  /// Waits until the only table of the node is so, and holds so many rows.
  /// Returns whether it is.
  bool wait_for_table(const std::string& state, int held) {
    return eventually([&] {
      auto tables = status()["tables"];
      return tables.size() == 1 && tables[0]["state"] == state
             && tables[0]["held"] == held;
    });
  }

  /// A service account's key that nobody knows.
  std::string strange_key() const {
    auto& service = here().given().bigquery.endpoint;
    auto read = bqs::http::parse_endpoint(service);
    auto where = std::get_if<bqs::http::endpoint>(&read);
    // Elsewhere secrets go to Google's token hosts only.
    auto by = where && where->is_loopback() ? service
                                            : "https://oauth2.googleapis.com";
    return files.write("strange.json",
                       bqs::sandbox::make_key_file("nobody", by));
  }

  /// The file with the credentials of the run; empty if they are no file.
  static std::string known_key() {
    auto result = here().given().bigquery.credentials;
    if (result.empty())
      if (auto variable = std::getenv("GOOGLE_APPLICATION_CREDENTIALS"))
        result = variable;
    return result.empty() || result == "none" ? std::string{}
                                              : fs::absolute(result).string();
  }
};

} // namespace

TEST_F(trouble, rows_of_a_table_that_never_comes_fail) {
  start({"--retry.missing-table-grace=2s", "--retry.cap=500ms"});
  auto table = here().name_of("nowhere");
  EXPECT_EQ(send(table, rows_text("never", 5)), 65);
  EXPECT_EQ(summary["failed"], 5);
  EXPECT_NE(errors.find("notFound"), std::string::npos) << errors;
  expect_balanced(status());
}

TEST_F(trouble, rows_wait_for_a_table_that_comes_late) {
  start({"--retry.missing-table-grace=1h", "--retry.cap=5s"});
  auto table = here().name_of("late");
  auto waiting = sender(table, rows_text("late", 100));
  EXPECT_TRUE(wait_for_table("missing", 100)) << status().dump(2);
  here().make_new_table("late", row_fields);
  EXPECT_EQ(finish(waiting), 0) << errors;
  expect_balanced(status());
  expect_rows(table, "late", 100);
}

TEST_F(trouble, sigterm_delivers_what_is_held) {
  auto table = plain_table();
  start({"--batch.age=1h", "--batch.rows=5000", "--drain.timeout=10min"});
  auto waiting = sender(table, rows_text("drained", 100));
  ASSERT_TRUE(wait_for_total("accepted", 100)) << status().dump(2);
  EXPECT_EQ(status()["total"]["stored"], 0);
  EXPECT_EQ(stop_node(), 0) << node->errors();
  EXPECT_EQ(finish(waiting), 0) << errors;
  EXPECT_NE(node->output().find(table), std::string::npos) << node->output();
  expect_rows(table, "drained", 100);
}

TEST_F(trouble, a_node_that_is_killed_in_mid_stream_loses_no_row) {
  constexpr auto count = 8'000;
  auto table = plain_table();
  start_slow();
  auto text = rows_text("killed", count);
  here().charge_rows(text); // all may have to be sent again
  auto sending = sender(table, text, {"--give-up=10min"});
  ASSERT_TRUE(wait_for_total("stored", 1)) << status().dump(2);
  node->signal(SIGKILL);
  EXPECT_EQ(node->wait(), 128 + SIGKILL);
  EXPECT_TRUE(sending.runs()) << "it was too fast to be disturbed";
  start(); // at the port of before
  EXPECT_EQ(finish(sending), 0) << errors;
  EXPECT_EQ(summary["stored"], count);
  auto there = here().count(table, "killed");
  EXPECT_EQ(there.different, count);
  // What was under way came again with the same insert ids.
  EXPECT_LE(there.rows - there.different, summary["possibly_duplicated"]);
}

TEST_F(trouble, a_sender_that_is_killed_goes_on_behind_its_checkpoint) {
  // Few enough to be there within the minute in which the service drops copies.
  constexpr auto count = 4'000;
  auto table = plain_table();
  start_slow();
  auto text = rows_text("resumed", count);
  auto file = files.write("rows", text);
  auto begin = [&] {
    here().charge_rows(text);
    return process{
      command(table, {"--checkpoint=" + files.path("state"), file})};
  };
  auto first = begin();
  ASSERT_TRUE(wait_for_total("stored", 1)) << status().dump(2);
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait(), 128 + SIGKILL) << "it was too fast";
  auto second = begin();
  EXPECT_EQ(finish(second), 0) << errors;
  expect_balanced(status());
  // The rows of the first run that were under way are stored as well.
  EXPECT_EQ(stop_node(), 0);
  expect_rows(table, "resumed", count);
}

TEST_F(trouble, rows_stream_over_mutual_tls) {
  auto table = plain_table();
  EXPECT_EQ(run({"make-certs", files.path("ours"), "127.0.0.1"}), 0) << errors;
  auto file = [this](const std::string& x) { return files.path("ours/" + x); };
  start({"--node.tls-certificate=" + file("node.crt"),
         "--node.tls-key=" + file("node.key"),
         "--node.tls-ca-file=" + file("ca.crt")});
  EXPECT_NE(node->output().find(" with TLS, "), std::string::npos);
  EXPECT_EQ(send(table, rows_text("stranger", 1)), 69);
  show_client_of(files.path("ours"));
  EXPECT_EQ(send(table, rows_text("secured", 1'000)), 0) << errors;
  EXPECT_EQ(send(table, "bad\n"), 65) << errors;
  expect_balanced(status());
  EXPECT_EQ(run({"errors", "--from=" + to_node()}), 0) << errors;
  EXPECT_NE(output.find("malformed"), std::string::npos) << output;
  for (auto what : {"flush", "pause", "resume"})
    EXPECT_EQ(run({what, "--of=" + to_node()}), 0) << errors;
  EXPECT_EQ(stop_node(), 0);
  expect_rows(table, "secured", 1'000);
}

TEST_F(trouble, credentials_that_are_not_there_are_named_at_the_start) {
  auto file = files.path("missing.json");
  EXPECT_EQ(run({"node", "--node.port=0", "--bigquery.credentials=" + file,
                 "--bigquery.endpoint=" + here().given().bigquery.endpoint,
                 "--bigquery.project=" + here().project()}),
            64);
  EXPECT_NE(errors.find(file), std::string::npos) << errors;
}

TEST_F(trouble, a_dataset_of_a_project_that_is_unknown_is_named) {
  start({"--retry.missing-table-grace=1s", "--retry.cap=500ms",
         "--retry.max-age=5s"});
  auto rows = rows_text("unknown", 3);
  here().charge_rows(rows);
  process sending{{"send", "--to=" + to_node(), "--json",
                   "--table=bqs-no-such-project-0:bqs_no_such_dataset.t"},
                  rows};
  EXPECT_EQ(finish(sending), 65);
  EXPECT_EQ(summary["failed"], 3);
  EXPECT_NE(errors.find("bqs-no-such-project-0"), std::string::npos) << errors;
  expect_balanced(status());
}

TEST_F(trouble, rows_outlast_a_key_that_is_refused) {
  if (known_key().empty())
    GTEST_SKIP() << "the credentials are no file that could be exchanged";
  auto table = plain_table();
  auto key = files.path("key.json");
  fs::create_symlink(strange_key(), key);
  start({"--bigquery.credentials=" + key, "--retry.cap=1s"});
  auto waiting = sender(table, rows_text("refused", 200));
  EXPECT_TRUE(wait_for_table("unauthorized", 200)) << status().dump(2);
  // The good one takes its place, and no copy of it is made.
  fs::create_symlink(known_key(), key + ".new");
  fs::rename(key + ".new", key);
  EXPECT_EQ(finish(waiting), 0) << errors;
  expect_balanced(status());
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(node->errors().find("PRIVATE KEY"), std::string::npos);
  expect_rows(table, "refused", 200);
}
