// Subscribers that are slow, stopped, or a thousand: no row waits for them, and
// the node's memory does not grow with what they do not read.

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

constexpr std::size_t MiB = 1u << 20;

constexpr auto bad_rows = 200'000;
constexpr auto good_rows = 20'000;

struct subscribers : stage {
  /// Rows that are no JSON objects: they fail as fast as anything can.
  static std::string bad_text() {
    std::string result;
    for (auto i = 0; i < bad_rows; ++i)
      result += "{\"n\":" + std::to_string(i) + std::string(90, ' ') + '\n';
    return result;
  }

  void start() {
    start_sandbox();
    start_node({"--budget.max-buffered-bytes=64MiB", "--failures.window=4MiB"});
  }

  process follow() {
    return process{{"errors", "--from=" + to_node(), "--follow", "--last=0"}};
  }

  void wait_for_subscribers(int n) {
    while (status()["subscribers"] != n) {
      // asking takes its time
    }
  }

  /// Sends bad rows and good ones, and expects an outcome for each.
  void expect_outcomes() {
    auto begin = std::chrono::steady_clock::now();
    process bad{{"send", "--to=" + to_node(), "--table=ds.bad", "--json"},
                bad_text()};
    EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.good", "--json"},
                  rows_text("g", good_rows)),
              0)
      << errors;
    EXPECT_EQ(nlohmann::json::parse(output)["stored"], good_rows);
    EXPECT_EQ(bad.wait(std::chrono::seconds{300}), 65);
    EXPECT_EQ(nlohmann::json::parse(bad.output())["failed"], bad_rows);
    std::chrono::duration<double> time
      = std::chrono::steady_clock::now() - begin;
    auto books = status();
    expect_balanced(books);
    EXPECT_EQ(books["total"]["stored"], good_rows);
    EXPECT_EQ(books["total"]["failed"], bad_rows);
    EXPECT_EQ(books["total"]["held"], 0);
    EXPECT_EQ(books["budget"]["used"], 0);
    std::cout << "all outcomes after " << time.count() << " s" << std::endl;
  }

  /// The budget, what a node takes beside it, and what is on its way to
  /// subscribers, which is `window` bytes by the node's count: see
  /// docs/performance.md.
  void expect_memory(std::size_t window) {
    auto bound = 64 * MiB + 100 * MiB + 2 * window;
#ifdef __SANITIZE_ADDRESS__
    bound += 512 * MiB; // it keeps what is freed for a while
#endif
    auto peak = node->peak_memory();
    EXPECT_LT(peak, bound);
    std::cout << "peak memory of the node: " << peak / MiB << " MiB"
              << std::endl;
  }

  /// Reads the lines of `errors` until all bad rows are told or missed.
  void expect_all_heard_of(process& watch) {
    std::uint64_t told = 0;
    std::uint64_t missed = 0;
    while (told + missed < bad_rows) {
      auto line = watch.wait_for_line("");
      ASSERT_TRUE(line) << watch.errors();
      auto x = nlohmann::json::parse(*line);
      if (x.contains("missed"))
        missed += x["missed"].get<std::uint64_t>();
      else
        ++told;
    }
    EXPECT_EQ(told + missed, static_cast<std::uint64_t>(bad_rows));
    EXPECT_EQ(status()["missed"], missed);
    EXPECT_GT(told, 0u);
    EXPECT_GT(missed, 0u);
    std::cout << told << " rows told, " << missed << " missed" << std::endl;
  }

  /// Starts `n` subscribers in four processes, each with one connection.
  void start_crowd(int n) {
    for (auto i = 0; i < 4; ++i)
      crowd.push_back(std::make_unique<process>(process::run(
        BQS_CROWD, {std::to_string(node_port), std::to_string(n / 4),
                    std::to_string(bad_rows)})));
    for (auto& x : crowd)
      ASSERT_TRUE(x->wait_for_line("joined")) << x->errors();
    EXPECT_EQ(status()["subscribers"], n);
  }

  /// Waits until each of them has heard of all bad rows.
  void expect_crowd_heard_of_all(int n) {
    std::uint64_t told = 0;
    std::uint64_t missed = 0;
    for (auto& x : crowd) {
      ASSERT_EQ(x->wait(std::chrono::seconds{600}), 0) << x->errors();
      std::istringstream words{x->output().substr(x->output().find('\n'))};
      std::uint64_t a = 0;
      std::uint64_t b = 0;
      words >> a >> b;
      told += a;
      missed += b;
    }
    EXPECT_EQ(told + missed, static_cast<std::uint64_t>(n) * bad_rows);
    EXPECT_EQ(status()["missed"], missed);
    std::cout << told << " rows told, " << missed << " missed" << std::endl;
  }

  std::vector<std::unique_ptr<process>> crowd;
};

} // namespace

TEST_F(subscribers, without_any_all_rows_have_outcomes_too) {
  start();
  expect_outcomes();
  expect_memory(0);
}

TEST_F(subscribers, one_that_is_stopped_is_told_later_what_it_has_missed) {
  start();
  auto watch = follow();
  wait_for_subscribers(1);
  watch.signal(SIGSTOP);
  expect_outcomes();
  expect_memory(4 * MiB);
  watch.signal(SIGCONT);
  expect_all_heard_of(watch);
  watch.signal(SIGINT);
  EXPECT_EQ(watch.wait(), 0);
}

TEST_F(subscribers, one_whose_output_nobody_reads_holds_up_nothing) {
  start();
  auto watch = follow();
  wait_for_subscribers(1);
  expect_outcomes(); // meanwhile its pipe is full
  expect_memory(4 * MiB);
  expect_all_heard_of(watch);
  watch.signal(SIGINT);
  EXPECT_EQ(watch.wait(), 0);
}

TEST_F(subscribers, a_thousand_that_are_stopped_share_four_windows) {
  start();
  start_crowd(1000);
  ASSERT_FALSE(HasFailure());
  for (auto& x : crowd)
    x->signal(SIGSTOP);
  expect_outcomes();
  expect_memory(16 * MiB);
  for (auto& x : crowd)
    x->signal(SIGCONT);
  expect_crowd_heard_of_all(1000);
}

TEST_F(subscribers, a_thousand_that_read_hold_up_nothing) {
  start();
  start_crowd(1000);
  ASSERT_FALSE(HasFailure());
  expect_outcomes();
  expect_memory(16 * MiB);
  expect_crowd_heard_of_all(1000);
}
