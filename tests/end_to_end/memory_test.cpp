// The service is down under full load: the node holds what its budget allows,
// refuses the rest, and loses nothing.
//
// BQS_OUTAGE_SECONDS (default 0) says how long the outage goes on once the
// node is full.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t MiB = 1u << 20;

constexpr auto senders = 2;
constexpr auto budget = 32 * MiB;

// 160 MiB of a sender, in blocks of a quarter of one.
constexpr auto tables = 30;
constexpr auto blocks = 640;
constexpr auto rows_of_block = 256;
constexpr auto bytes_of_row = 1000;

/// What a node takes beside its budget; docs/performance.md says what for.
constexpr auto overhead = 160 * MiB;

std::chrono::seconds outage_time() {
  auto text = std::getenv("BQS_OUTAGE_SECONDS");
  return std::chrono::seconds{text == nullptr ? 0 : std::atoi(text)};
}

struct memory : stage {
  void start_senders() {
    for (auto i = 0; i < senders; ++i)
      sending.push_back(std::make_unique<process>(process::run(
        BQS_INSISTENT_SENDER,
        {std::to_string(node_port), "s" + std::to_string(i) + "_",
         std::to_string(tables), std::to_string(blocks),
         std::to_string(rows_of_block), std::to_string(bytes_of_row)})));
  }

  /// Reads the node's status again and again until `done(status)`.
  template <class F>
  nlohmann::json wait_until(F done) {
    // A process that asks for ever costs less than one for each question.
    process watch{{"status", "--of=" + to_node(), "--json", "--watch=100ms"}};
    while (auto line = watch.wait_for_line("\"total\"")) {
      auto books = nlohmann::json::parse(*line);
      expect_balanced(books);
      if (HasFailure() || done(books))
        return books;
    }
    ADD_FAILURE() << watch.errors();
    return {};
  }

  std::vector<std::unique_ptr<process>> sending;
};

} // namespace

TEST_F(memory, an_outage_under_full_load_costs_the_budget_and_no_row) {
  // Slow to begin with, so that it does not end too early.
  start_sandbox({"--create-tables", "--fault=latency=1s"});
  start_node({"--budget.max-buffered-bytes=32MiB",
              "--budget.max-block-bytes=2MiB", "--retry.cap=2s"});
  start_senders();
  wait_until([](auto& x) { return x["total"]["stored"] > 0; });
  box->signal(SIGKILL);
  box->wait();
  auto full = wait_until([](auto& x) {
    return x["budget"]["used"] > budget * 7 / 8
           && x["refused"]["overloaded"] > 2000;
  });
  auto peak_when_full = node->peak_memory();
  auto end = steady::now() + outage_time();
  auto before = wait_until([end](auto&) { return steady::now() >= end; });
  auto peak_of_outage = node->peak_memory();
  auto back = steady::now();
  start_sandbox();
  std::uint64_t rows = 0;
  std::uint64_t overloaded = 0;
  std::uint64_t possibly_duplicated = 0;
  for (auto& x : sending) {
    ASSERT_EQ(x->wait(600s), 0) << x->errors() << node->errors();
    auto books = nlohmann::json::parse(x->output());
    EXPECT_EQ(books["stored"], books["rows"]);
    EXPECT_EQ(books["failed"], 0);
    rows += books["rows"].get<std::uint64_t>();
    overloaded += books["overloaded"].get<std::uint64_t>();
    possibly_duplicated += books["possibly_duplicated"].get<std::uint64_t>();
  }
  std::chrono::duration<double> drain = steady::now() - back;
  auto books = status();
  auto peak = node->peak_memory();
  expect_balanced(books);
  EXPECT_EQ(books["total"]["accepted"], rows);
  EXPECT_EQ(books["total"]["stored"], rows);
  EXPECT_EQ(books["total"]["held"], 0);
  EXPECT_EQ(books["total"]["possibly_duplicated"], possibly_duplicated);
  EXPECT_EQ(books["refused"]["overloaded"], overloaded);
  EXPECT_EQ(books["budget"]["used"], 0);
  EXPECT_EQ(stop_node(), 0) << node->errors();
  std::uint64_t in_tables = 0;
  std::uint64_t ids = 0;
  for (auto& [table, x] : stored()) {
    in_tables += x.rows;
    ids += x.distinct_insert_ids;
  }
  EXPECT_EQ(ids, rows);
  EXPECT_LE(in_tables - ids, possibly_duplicated);
  auto bound = budget + overhead;
#ifdef __SANITIZE_ADDRESS__
  bound += 512 * MiB; // it keeps what is freed for a while
#endif
  EXPECT_LT(peak, bound);
  auto stored_before = before["total"]["stored"].get<std::uint64_t>();
  std::cout << rows << " rows of " << bytes_of_row << " bytes; refused blocks "
            << full["refused"]["overloaded"] << " when full, " << overloaded
            << " in all; held at the end of the outage "
            << before["total"]["held"] << " rows, "
            << before["budget"]["used"].get<std::size_t>() / MiB
            << " MiB; drained " << rows - stored_before << " rows in "
            << drain.count() << " s, "
            << static_cast<double>(rows - stored_before) / drain.count()
            << " a second; peak memory " << peak_when_full / MiB
            << " MiB when full, " << peak_of_outage / MiB
            << " MiB in the outage, " << peak / MiB << " MiB in all"
            << std::endl;
}
