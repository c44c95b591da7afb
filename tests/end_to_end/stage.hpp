#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sandbox/server.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/environment.hpp"

namespace bqs::test {

/// A sandbox and a node, each a process, and what a test asks of them.
struct stage : ::testing::Test {
  /// Starts the sandbox on its data directory.
  void start_sandbox(std::vector<std::string> more = {"--create-tables"});

  /// Starts a node that sends to the sandbox (or to where one was).
  void start_node(std::vector<std::string> more = {});

  /// Runs `bqstreamer` to its end. Returns its exit code.
  int run(std::vector<std::string> arguments, std::string_view input = {});

  /// The node's status as it tells it.
  nlohmann::json status();

  /// Has all commands show the certificate for clients that `make-certs` has
  /// made in a directory, and trust an authority: that of there if none is
  /// named.
  void show_client_of(const std::string& directory, std::string ca_file = {});

  /// Ends the node by SIGTERM. Returns its exit code.
  int stop_node();

  /// Rows in the sandbox by table, counted by SQL.
  std::map<std::string, sandbox::stored_rows> stored() const;

  /// Fails the test unless accepted = stored + failed + held for each table.
  static void expect_balanced(const nlohmann::json& status);

  /// Fails the test if `text` holds more than a few characters of one of these
  /// in a row.
  static void expect_none_of(const std::vector<std::string>& secrets,
                             const std::string& text, const std::string& where);

  std::string to_node() const;

  environment variables;
  scratch files;
  std::optional<process> box;
  std::uint16_t box_port = 0;
  std::optional<process> node;
  std::uint16_t node_port = 0;
  /// What the last `run` printed.
  std::string output;
  std::string errors;
};

/// What is between the lines that begin and end a PEM file, as one line.
std::string pem_content(const std::string& pem);

/// NDJSON: `rows` objects `{"id":"PREFIX-N","n":N,"text":"..."}`.
std::string rows_text(const std::string& prefix, int rows,
                      std::size_t padding = 20);

} // namespace bqs::test
