// The service fails, stalls and comes back: nothing is lost.

#include <csignal>
#include <sstream>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct outage : stage {
  void set_faults(const std::string& list) const {
    httplib::Client admin{"127.0.0.1", box_port};
    auto answer = admin.Post("/sandbox/faults", list, "application/json");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  /// Sends rows and expects all of them stored once.
  void expect_stored(int rows) {
    EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                  rows_text("r", rows)),
              0)
      << errors;
    auto x = stored()["ds.t"];
    EXPECT_EQ(x.rows, static_cast<std::uint64_t>(rows));
    EXPECT_EQ(x.distinct_insert_ids, static_cast<std::uint64_t>(rows));
    expect_balanced(status());
  }
};

const std::vector<std::string> quick{"--retry.base=20ms", "--retry.cap=100ms"};

} // namespace

TEST_F(outage, rows_survive_500_and_503_several_times) {
  start_sandbox({"--create-tables", "--fault=status=503,count=3",
                 "--fault=status=500,count=2"});
  start_node(quick);
  expect_stored(2000);
}

TEST_F(outage, faults_come_from_a_file) {
  auto file = files.write("faults", "# it is out, and slow\n\n"
                                    "status=503,count=3 # and no more\n"
                                    "latency=5ms\n");
  start_sandbox({"--create-tables", "--faults=" + file});
  start_node(quick);
  expect_stored(2000);
  httplib::Client admin{"127.0.0.1", box_port};
  auto ledger = admin.Get("/sandbox/ledger");
  ASSERT_TRUE(ledger);
  EXPECT_NE(ledger->body.find("\"503\":3"), std::string::npos) << ledger->body;
}

TEST_F(outage, what_is_wrong_with_a_file_of_faults_is_named) {
  auto expect_refused
    = [this](const std::string& path, const std::string& words) {
        EXPECT_EQ(run({"sandbox", "--port=0", "--faults=" + path}), 64);
        EXPECT_EQ(output, "");
        EXPECT_EQ(errors, "bqstreamer: --faults: " + words + "\n");
      };
  auto bad = files.write("bad", "status=503\n\nlatency=5ms,cuont=3\n");
  // It may be another file, which holds a secret.
  expect_refused(bad, bad
                        + ":3: this is no fault; --fault=TEXT says what is "
                          "wrong with one");
  expect_refused("/nowhere/faults",
                 "cannot read /nowhere/faults: No such file or directory");
}

TEST_F(outage, max_attempts_ends_the_retries_with_the_services_reason) {
  start_sandbox({"--create-tables", "--fault=status=503"});
  start_node(
    {"--retry.base=10ms", "--retry.cap=20ms", "--retry.max-attempts=3"});
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t", "--json"}, "{\"a\":1}\n"),
    65);
  auto line = nlohmann::json::parse(errors);
  EXPECT_EQ(line["http_status"], 503);
  EXPECT_EQ(line["reason"], "backendError");
  EXPECT_EQ(status()["total"]["failed"], 1);
  httplib::Client admin{"127.0.0.1", box_port};
  auto ledger = admin.Get("/sandbox/ledger");
  ASSERT_TRUE(ledger);
  EXPECT_NE(ledger->body.find("\"503\":3"), std::string::npos) << ledger->body;
}

TEST_F(outage, zero_attempts_mean_one_try) {
  start_sandbox();
  start_node({"--retry.max-attempts=0", "--retry.max-age=0s"});
  expect_stored(10);
}

TEST_F(outage, a_reset_after_the_commit_stores_no_row_twice) {
  start_sandbox({"--create-tables", "--fault=reset=after,count=2"});
  start_node(quick);
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                rows_text("r", 1000)),
            0);
  EXPECT_EQ(stored()["ds.t"].rows, 1000u);
  EXPECT_GT(nlohmann::json::parse(output)["possibly_duplicated"], 0);
}

TEST_F(outage, a_reset_before_the_commit_loses_none) {
  start_sandbox({"--create-tables", "--fault=reset=before,count=3"});
  start_node(quick);
  expect_stored(1000);
}

TEST_F(outage, transient_rows_and_their_stopped_neighbours_are_stored) {
  start_sandbox({"--create-tables", "--fault=rows=timeout,every=3,count=2",
                 "--fault=rows=backendError,every=2,count=2"});
  start_node(quick);
  expect_stored(1000);
}

TEST_F(outage, the_sandbox_may_be_killed_in_the_middle) {
  start_sandbox();
  start_node(quick);
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--json"},
                 rows_text("r", 100000)};
  // Some rows are stored when the sandbox dies.
  while (status()["total"]["stored"].get<int>() == 0) {
  }
  box->signal(SIGKILL);
  box->wait();
  auto books = status();
  expect_balanced(books);
  start_sandbox(); // on the same data and port
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(nlohmann::json::parse(sender.output())["stored"], 100000);
  // What was in flight at the kill may be there twice: the sandbox's memory
  // of insert ids died with it. Lost is none.
  auto x = stored()["ds.t"];
  EXPECT_EQ(x.distinct_insert_ids, 100000u);
  expect_balanced(status());
}

TEST_F(outage, a_failing_table_does_not_stop_another) {
  start_sandbox({"--create-tables", "--fault=table=ds.sick,status=500"});
  start_node(quick);
  process sick{{"send", "--to=" + to_node(), "--table=ds.sick"},
               rows_text("s", 10)};
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.well", "--json"},
                rows_text("w", 5000)),
            0);
  EXPECT_EQ(stored()["ds.well"].rows, 5000u);
  set_faults("[]");
  EXPECT_EQ(sick.wait(), 0);
  EXPECT_EQ(stored()["ds.sick"].rows, 10u);
}

TEST_F(outage, a_table_that_appears_late_gets_its_rows) {
  start_sandbox({});
  start_node(quick);
  process sender{{"send", "--to=" + to_node(), "--table=ds.t"},
                 rows_text("r", 10)};
  // The node has seen the 404 when it calls the table missing.
  for (auto seen = false; !seen;) {
    auto books = status();
    for (auto& x : books["tables"])
      seen |= x["state"] == "missing";
  }
  httplib::Client admin{"127.0.0.1", box_port};
  ASSERT_TRUE(admin.Post("/projects/test/datasets",
                         R"({"datasetReference":{"datasetId":"ds"}})",
                         "application/json"));
  auto made
    = admin.Post("/projects/test/datasets/ds/tables",
                 R"({"tableReference":{"tableId":"t"},"schema":{"fields":[
        {"name":"id","type":"STRING"},{"name":"n","type":"INTEGER"},
        {"name":"text","type":"STRING"}]}})",
                 "application/json");
  ASSERT_TRUE(made);
  ASSERT_EQ(made->status, 200) << made->body;
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(stored()["ds.t"].rows, 10u);
}

TEST_F(outage, a_table_that_never_appears_fails_its_rows) {
  start_sandbox({});
  start_node({"--retry.base=10ms", "--retry.cap=50ms",
              "--retry.missing-table-grace=200ms"});
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("r", 10)), 65);
  EXPECT_NE(errors.find("notFound"), std::string::npos) << errors;
  expect_balanced(status());
}

TEST_F(outage, an_unpaced_sender_stays_within_the_budget) {
  start_sandbox({"--create-tables", "--fault=latency=100ms"});
  // 32 MiB of budget against 600 MB of blocks.
  start_node({"--budget.max-buffered-bytes=32MiB",
              "--budget.max-block-bytes=2MiB", "--dispatch.max-in-flight=4"});
  auto sender = process::run(BQS_UNPACED_SENDER,
                             {std::to_string(node_port), "600", "1000000"});
  EXPECT_EQ(sender.wait(std::chrono::seconds{240}), 0) << sender.errors();
  auto books = status();
  expect_balanced(books);
  EXPECT_GT(books["refused"]["overloaded"], 0);
  EXPECT_LE(books["budget"]["used"], books["budget"]["limit"]);
  // The budget, the bodies in flight, and what stands between the socket and
  // the gate: docs/performance.md says why 160 MiB more are enough.
  auto bound = (32u + 160u) << 20;
#ifdef __SANITIZE_ADDRESS__
  bound += 512u << 20; // it keeps what is freed for a while
#endif
  EXPECT_LT(node->peak_memory(), bound) << node->peak_memory();
}
