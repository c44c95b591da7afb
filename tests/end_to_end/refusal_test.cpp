// What is wrong is said in one line, and nothing starts half.

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct refusal : stage {
  /// Starts a node that must refuse; expects one line with `words`.
  void expect_refused(std::vector<std::string> arguments, int code,
                      const std::string& words) {
    arguments.insert(arguments.begin(), {"node", "--node.port=0"});
    EXPECT_EQ(run(arguments), code) << words;
    EXPECT_EQ(output, "") << words;
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
    EXPECT_NE(errors.find(words), std::string::npos) << errors;
  }
};

const std::string to_loopback = "--bigquery.endpoint=http://127.0.0.1:1";

} // namespace

TEST_F(refusal, settings_are_refused_by_name) {
  auto file = files.write("bad.ini", "[batch]\nrowz = 5\n");
  expect_refused({"--config-file=" + file}, 64, "rowz");
  expect_refused({"--config-file=/nowhere/at-all.ini"}, 64,
                 "/nowhere/at-all.ini");
  expect_refused({"--batch.max-rows=60000"}, 64, "batch.max-rows");
  expect_refused({"--batch.rows=many"}, 64, "batch.rows");
  expect_refused(
    {"--budget.max-buffered-bytes=4MiB", "--budget.max-block-bytes=3MiB"}, 64,
    "budget.max-block-bytes");
  expect_refused({"--bigquery.credentials=none",
                  "--bigquery.endpoint=https://bigquery.googleapis.com"},
                 64, "bigquery.credentials");
}

TEST_F(refusal, a_bad_key_file_is_refused_by_name) {
  auto file = files.write("key.json", R"({"type":"service_account"})");
  expect_refused({"--bigquery.credentials=" + file}, 64, "key.json");
  expect_refused({"--bigquery.credentials=/nowhere/key.json"}, 64,
                 "/nowhere/key.json");
}

TEST_F(refusal, a_port_in_use_is_refused) {
  start_sandbox();
  process second{{"sandbox", "--port=" + std::to_string(box_port)}};
  EXPECT_EQ(second.wait(), 69);
  EXPECT_NE(second.errors().find(std::to_string(box_port)), std::string::npos);
  start_node();
  process third{{"node", to_loopback, "--bigquery.credentials=none",
                 "--node.port=" + std::to_string(node_port)}};
  EXPECT_EQ(third.wait(), 69);
  EXPECT_NE(third.errors().find(std::to_string(node_port)), std::string::npos);
  EXPECT_EQ(third.output(), "");
}

TEST_F(refusal, options_of_the_sandbox_are_refused_by_name) {
  for (std::string option :
       {"--seed=-1", "--seed=x", "--project=../x",
        "--project=", "--too-large=414", "--max-body=0", "--max-body=33MiB",
        "--max-row=-1", "--max-rows=0"}) {
    EXPECT_EQ(run({"sandbox", "--port=0", option}), 64) << option;
    EXPECT_NE(errors.find(option.substr(0, option.find('='))),
              std::string::npos)
      << errors;
    EXPECT_EQ(output, "") << option;
  }
}

TEST_F(refusal, a_command_that_is_none_is_named) {
  EXPECT_EQ(run({"sned", "--to=127.0.0.1:1", "--table=ds.t"}), 64);
  EXPECT_EQ(errors, "bqstreamer: sned is no command; see bqstreamer --help\n");
  EXPECT_EQ(run({}), 64);
  EXPECT_NE(errors.find("command is required"), std::string::npos) << errors;
  EXPECT_EQ(run({"send", "--table=ds.t"}), 64);
  EXPECT_NE(errors.find("--to is required"), std::string::npos) << errors;
}

TEST_F(refusal, a_sender_without_a_node_says_so) {
  start_sandbox();
  // A port where something listens that is no node.
  EXPECT_EQ(
    run({"send", "--to=127.0.0.1:" + std::to_string(box_port), "--table=ds.t"},
        "{}\n"),
    69);
  EXPECT_EQ(run({"send", "--to=127.0.0.1:1", "--table=ds.t"}, "{}\n"), 69);
  EXPECT_EQ(run({"send", "--to=127.0.0.1:1", "--table=ds.t",
                 files.path("missing.ndjson")}),
            66);
  EXPECT_NE(errors.find("missing.ndjson"), std::string::npos) << errors;
  EXPECT_EQ(run({"send", "--to=127.0.0.1:1", "--table=no-dataset"}, "{}\n"),
            64);
}
