// What people look at: pages in a pipe and on a terminal, while nodes come and
// go.

#include "tests/end_to_end/stage.hpp"

#include <algorithm>
#include <csignal>

using namespace bqs::test;

namespace {

struct watch : stage {
  /// Runs `bqstreamer ARGUMENTS` on a terminal of 20 lines and 50 columns.
  process on_terminal(const std::string& arguments) {
    return process::run(
      "/usr/bin/script",
      {"-qec",
       "stty rows 20 cols 50; NO_COLOR= TERM=xterm " BQS_PROGRAM " "
         + arguments,
       files.path("typescript")});
  }
};

const std::string bad_row = "{\"n\":1\n";

} // namespace

TEST_F(watch, status_goes_on_while_the_node_is_away) {
  start_sandbox();
  start_node();
  process uut{{"status", "--of=" + to_node(), "--watch=100ms", "--json"}};
  ASSERT_TRUE(uut.wait_for_line("\"total\""));
  node->signal(SIGKILL);
  auto lost = uut.wait_for_line("lost_since");
  ASSERT_TRUE(lost);
  EXPECT_EQ(nlohmann::json::parse(*lost)["message"], "the node is gone");
  start_node();
  EXPECT_TRUE(uut.wait_for_line("\"total\""));
  uut.signal(SIGINT);
  EXPECT_EQ(uut.wait(), 0);
  EXPECT_EQ(uut.errors(), "");
}

TEST_F(watch, pages_in_a_pipe_are_plain_and_apart) {
  start_sandbox();
  start_node();
  process uut{{"status", "--of=" + to_node(), "--watch=100ms"}};
  ASSERT_TRUE(uut.wait_for_line("bqstreamer "));
  ASSERT_TRUE(uut.wait_for_line("bqstreamer "));
  uut.signal(SIGTERM);
  EXPECT_EQ(uut.wait(), 0);
  EXPECT_NE(uut.output().find("\n\nbqstreamer "), std::string::npos);
  EXPECT_EQ(uut.output().find('\033'), std::string::npos);
}

TEST_F(watch, the_first_node_must_be_there) {
  EXPECT_EQ(run({"status", "--of=127.0.0.1:1", "--watch"}), 69);
  EXPECT_EQ(output, "");
}

TEST_F(watch, a_terminal_gets_colours_and_its_width) {
  start_sandbox();
  start_node();
  auto sent
    = run({"send", "--to=" + to_node(), "--table=a_dataset.a_table"}, bad_row);
  EXPECT_EQ(sent, 65);
  auto page = on_terminal("status --of=" + to_node());
  EXPECT_EQ(page.wait(), 0);
  EXPECT_NE(page.output().find("\033[32mok\033[0m"), std::string::npos);
  auto plain = on_terminal("status --color=never --of=" + to_node());
  EXPECT_EQ(plain.wait(), 0);
  EXPECT_EQ(plain.output().find('\033'), std::string::npos);
  EXPECT_NE(plain.output().find("a_dataset.a_table"), std::string::npos);
  std::size_t column = 0;
  for (auto c : plain.output()) {
    column = c == '\n' || c == '\r' ? 0 : column + 1;
    ASSERT_LE(column, 50u) << plain.output();
  }
}

TEST_F(watch, the_progress_of_send_can_be_written_over) {
  start_sandbox();
  start_node();
  auto file = files.write("rows", "{\"n\":1}\n");
  auto uut = on_terminal("send --to=" + to_node() + " --table=ds.t " + file);
  EXPECT_EQ(uut.wait(), 0);
  EXPECT_NE(uut.output().find("1 read"), std::string::npos);
  std::size_t column = 0;
  for (auto c : uut.output()) {
    column = c == '\n' || c == '\r' ? 0 : column + 1;
    // What erases the line, and an ellipsis, are longer than they look.
    ASSERT_LE(column, 50u + 3 + 2) << uut.output();
  }
}

TEST_F(watch, a_page_is_drawn_in_place_of_the_one_before) {
  start_sandbox();
  start_node();
  auto uut = on_terminal("status --watch=100ms --of=" + to_node());
  EXPECT_TRUE(uut.wait_for_line("\033[H\033[K"));
  EXPECT_TRUE(uut.wait_for_line("\033[J\033[H\033[K"));
}

TEST_F(watch, a_reader_that_goes_ends_it_quietly) {
  start_sandbox();
  start_node();
  auto shell = [](const std::string& command) {
    auto uut = process::run("/bin/bash", {"-c", command});
    EXPECT_EQ(uut.wait(), 0) << command;
    EXPECT_EQ(uut.errors(), "") << command;
  };
  shell("set -o pipefail; " BQS_PROGRAM " status --watch=100ms --of="
        + to_node() + " | head -n 1");
  shell("set -o pipefail; " BQS_PROGRAM " errors --follow --last=0 --from="
        + to_node() + " | true");
}

TEST_F(watch, errors_in_columns_never_show_the_row) {
  start_sandbox();
  start_node();
  process uut{
    {"errors", "--from=" + to_node(), "--follow", "--last=0", "--short"}};
  // The subscription may be younger than the first failure.
  auto subscribed = [this] { return status()["subscribers"] == 1; };
  while (!subscribed()) {
    // asking takes its time
  }
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"secret\":1\n"), 65);
  auto heading = uut.wait_for_line("MESSAGE");
  auto line = uut.wait_for_line("ds.t");
  ASSERT_TRUE(heading && line);
  EXPECT_NE(line->find("malformed"), std::string::npos);
  uut.signal(SIGINT);
  EXPECT_EQ(uut.wait(), 0);
  EXPECT_EQ(uut.output().find("secret"), std::string::npos);
}

TEST_F(watch, errors_prints_the_last_failures_and_ends) {
  start_sandbox();
  start_node({"--failures.keep=3"});
  EXPECT_EQ(run({"errors", "--from=" + to_node()}), 0) << errors;
  EXPECT_EQ(output, "");
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"},
                "bad1\nbad2\nbad3\nbad4\n"),
            65);
  auto printed = [this](std::vector<std::string> more) {
    more.insert(more.begin(), {"errors", "--from=" + to_node()});
    EXPECT_EQ(run(more), 0) << errors;
    return std::count(output.begin(), output.end(), '\n');
  };
  EXPECT_EQ(printed({}), 3); // as far as they are kept
  EXPECT_EQ(output.find("bad1"), std::string::npos);
  EXPECT_NE(output.find("bad4"), std::string::npos);
  EXPECT_EQ(printed({"--last=2"}), 2);
  EXPECT_EQ(printed({"--last=0"}), 0);
  EXPECT_EQ(printed({"--table=ds.other"}), 0);
}

TEST_F(watch, errors_are_followed_over_the_end_of_a_node) {
  start_sandbox();
  start_node();
  process uut{{"errors", "--from=" + to_node(), "--follow"}};
  while (status()["subscribers"] != 1) {
    // asking takes its time
  }
  node->signal(SIGKILL);
  node->wait();
  EXPECT_TRUE(uut.wait_for_error("trying again"));
  start_node();
  // It may come back later than this row fails: then it is told as past.
  EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "bad\n"), 65);
  EXPECT_TRUE(uut.wait_for_line("bad"));
  uut.signal(SIGINT);
  EXPECT_EQ(uut.wait(), 0);
  EXPECT_EQ(run({"errors", "--from=127.0.0.1:1", "--follow"}), 69);
}
