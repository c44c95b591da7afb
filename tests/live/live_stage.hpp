#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/end_to_end/stage.hpp"
#include "tests/live/ground.hpp"

namespace bqs::live {

/// Nodes and senders of the end-to-end suite, in front of the service.
struct live_stage : test::stage {
  /// Starts a node that sends to the service as the run was told to. Settings
  /// in `more` win.
  void start(std::vector<std::string> more = {});

  /// A command that sends to a table of the run.
  std::vector<std::string> command(const std::string& table,
                                   std::vector<std::string> more = {}) const;

  /// A sender under way; its rows are on the bill.
  test::process sender(const std::string& table, const std::string& rows,
                       std::vector<std::string> more = {}) const;

  /// Sends, and waits for the end; `summary` has what it says. Returns the exit
  /// code.
  int send(const std::string& table, const std::string& rows,
           std::vector<std::string> more = {});

  /// Waits for a sender's end however long the service takes.
  int finish(test::process& x);

  /// Waits until a number of the node's totals is at least this. Returns
  /// whether it is.
  [[nodiscard]] bool wait_for_total(const std::string& name,
                                    std::uint64_t least);

  /// What the last sender said of its failed rows, line by line.
  std::vector<nlohmann::json> told() const;

  /// Their reasons by line of the input.
  std::map<int, std::string> reasons() const;

  /// Each row of these is there, once.
  static void expect_rows(const std::string& table, const std::string& prefix,
                          std::uint64_t rows);

  /// A table of text that all tests may use whose rows have a prefix of their
  /// own.
  static const std::string& plain_table();

  nlohmann::json summary;
};

/// The fields of `rows_text`.
inline const std::string row_fields
  = R"({"name":"id","type":"STRING"},)"
    R"({"name":"n","type":"INTEGER","mode":"REQUIRED"},)"
    R"({"name":"text","type":"STRING"})";

} // namespace bqs::live
