// A node with a service-account key against a sandbox that looks at tokens.

#include <sys/stat.h>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct credentials : stage {
  credentials() : key(files.path("key.json")) {
    // nop
  }

  /// Sends rows with ids of their own; returns the exit code.
  int send(const std::string& prefix) {
    return run({"send", "--to=" + to_node(), "--table=ds.t"},
               rows_text(prefix, 1'000));
  }

  void expect_stored(std::uint64_t rows) {
    EXPECT_EQ(stored()["ds.t"].rows, rows);
    EXPECT_EQ(stored()["ds.t"].distinct_insert_ids, rows);
    expect_balanced(status());
  }

  std::string key;
};

} // namespace

TEST_F(credentials, a_node_with_a_written_key_streams_into_a_strict_sandbox) {
  start_sandbox({"--create-tables", "--strict-tokens", "--write-key=" + key});
  struct ::stat found {};
  ASSERT_EQ(::stat(key.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777u, 0600u);
  start_node({"--bigquery.credentials=" + key});
  EXPECT_EQ(send("a"), 0) << errors;
  expect_stored(1'000);
  // Another run of the sandbox takes the same key, from the file.
  start_sandbox({"--create-tables", "--strict-tokens", "--credential=" + key});
  EXPECT_EQ(send("b"), 0) << errors;
  expect_stored(2'000);
}

TEST_F(credentials, revoked_tokens_cost_no_row) {
  start_sandbox({"--create-tables", "--strict-tokens", "--write-key=" + key});
  start_node({"--bigquery.credentials=" + key});
  EXPECT_EQ(send("a"), 0) << errors;
  httplib::Client box_client{"127.0.0.1", box_port};
  auto gone = box_client.Delete("/sandbox/tokens");
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->body, R"({"revoked":1})");
  EXPECT_EQ(send("b"), 0) << errors;
  expect_stored(2'000);
}

TEST_F(credentials, what_cannot_be_used_is_refused_by_name) {
  auto expect_refused
    = [this](const std::string& option, int code, const std::string& words) {
        EXPECT_EQ(run({"sandbox", "--port=0", option}), code) << option;
        EXPECT_EQ(output, "") << option;
        EXPECT_NE(errors.find(words), std::string::npos) << errors;
      };
  auto bad = files.write("bad.json", R"({"type":"service_account",
    "client_email":"e","private_key":"SECRET"})");
  expect_refused("--credential=" + bad, 64, "private_key is not a usable");
  EXPECT_EQ(errors.find("SECRET"), std::string::npos);
  expect_refused("--credential=/nowhere/k", 64, "/nowhere/k");
  expect_refused("--write-key=" + bad, 69, "File exists");
  for (auto time : {"0s", "2h", "soon"})
    expect_refused(std::string{"--token-lifetime="} + time, 64,
                   "--token-lifetime");
}
