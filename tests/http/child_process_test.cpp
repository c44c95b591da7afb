#include "http/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "http/unique_fd.hpp"
#include "tests/scratch.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;

/// Has what this thread would become wait for an answer, which comes from where
/// the descriptor is.
unique_fd hold_programs() {
  sock_filter rules[]
    = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{std::size(rules), rules};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return unique_fd{};
  return unique_fd{
    static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                               SECCOMP_FILTER_FLAG_NEW_LISTENER, &program))};
}

struct child_process_test : ::testing::Test {
  child_result run(std::vector<std::string> command,
                   std::chrono::milliseconds most = 60s) {
    child_process x;
    x.command = std::move(command);
    x.variables = {{"BQS_CHILD", "a b"}, {"HOME", "/elsewhere"}};
    x.timeout = most;
    x.max_output = 10'000;
    return run_child(x, cancelled.get());
  }

  unique_fd cancelled{::eventfd(0, EFD_CLOEXEC)};
};

TEST_F(child_process_test, gives_output_and_code) {
  auto x = run({"/bin/sh", "-c", "echo out; echo err >&2; cat; exit 3"});
  EXPECT_EQ(x.fault, "");
  EXPECT_EQ(x.output, "out\n");
  EXPECT_EQ(x.exit_code, 3);
}

TEST_F(child_process_test, hands_arguments_over_as_they_are) {
  auto x = run({"/bin/echo", "$HOME", "'a'", "`id`", ";", "b c"});
  EXPECT_EQ(x.output, "$HOME 'a' `id` ; b c\n");
}

TEST_F(child_process_test, sets_variables_once) {
  auto x = run({"/usr/bin/env"});
  EXPECT_NE(x.output.find("BQS_CHILD=a b\n"), std::string::npos);
  EXPECT_NE(x.output.find("HOME=/elsewhere\n"), std::string::npos);
  EXPECT_EQ(x.output.find("HOME="), x.output.rfind("HOME="));
  EXPECT_NE(x.output.find("PATH="), std::string::npos);
}

TEST_F(child_process_test, hands_no_descriptor_over) {
  unique_fd inherited{::eventfd(0, 0)};
  auto x = run({"/bin/sh", "-c",
                "for f in 3 4 5 6 7 8 9; do "
                "test -e /proc/self/fd/$f && echo $f; done"});
  EXPECT_EQ(x.output, "");
}

TEST_F(child_process_test, is_killed_when_its_time_is_up) {
  auto x = run({"/bin/sleep", "3600"}, 50ms);
  EXPECT_NE(x.fault, "");
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
  // Also what it has started, and what no more holds the output.
  x = run({"/bin/sh", "-c", "sleep 3600 & sleep 3600"}, 50ms);
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
  x = run({"/bin/sh", "-c", "exec >&-; exec sleep 3600"}, 50ms);
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
}

TEST_F(child_process_test, is_killed_on_cancel) {
  ::eventfd_write(cancelled.get(), 1);
  auto x = run({"/bin/sleep", "3600"});
  EXPECT_NE(x.fault, "");
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
}

// A program on a mount that hangs: the kernel asks us before it starts one, and
// we do not answer.
TEST_F(child_process_test, is_killed_before_it_is_there) {
  auto hung = [&](std::chrono::milliseconds most) {
    child_result result;
    std::thread{[&] {
      auto asked = hold_programs();
      if (asked)
        result = run({"/bin/true"}, most);
      else
        result.fault = "not held";
    }}.join();
    return result;
  };
  auto x = hung(50ms);
  if (x.fault == "not held")
    GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(x.fault, "timed out");
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
  ::eventfd_write(cancelled.get(), 1);
  x = hung(1h);
  EXPECT_EQ(x.fault, "cancelled");
  EXPECT_EQ(x.exit_code, 128 + SIGKILL);
}

// One that the kernel does not let go, as on a mount that hangs: a debugger
// holds it when it is about to end.
TEST_F(child_process_test, is_not_run_beside_one_that_does_not_end) {
  bqs::test::scratch files;
  auto said = files.path("said");
  ASSERT_EQ(::mkfifo(said.c_str(), 0600), 0);
  child_result first;
  std::thread runner{[&] {
    child_process x;
    x.command = {"/bin/sh", "-c", "echo $$ >$0; exec sleep 3600", said};
    x.grace = 10ms;
    first = run_child(x, cancelled.get());
  }};
  pid_t pid = 0;
  std::ifstream{said} >> pid;
  unique_fd ended{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  auto held = ::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) == 0;
  ::eventfd_write(cancelled.get(), 1);
  if (held)
    ::waitpid(pid, nullptr, __WALL);
  runner.join();
  if (!held)
    GTEST_SKIP() << "no ptrace here";
  EXPECT_EQ(first.fault, "cancelled");
  EXPECT_EQ(first.exit_code, 128 + SIGKILL);
  cancelled = unique_fd{::eventfd(0, EFD_CLOEXEC)};
  EXPECT_EQ(run({"/bin/sh", "-c", "echo"}).fault,
            "the last one was killed and has not ended yet");
  EXPECT_EQ(run({"/bin/echo"}).output, "\n");
  ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  pollfd gone{ended.get(), POLLIN, 0};
  ::poll(&gone, 1, -1);
  EXPECT_EQ(run({"/bin/sh", "-c", "echo"}).output, "\n");
  EXPECT_NE(::kill(pid, 0), 0);
}

// `kill -9` of a node leaves no program behind that waits for ever.
TEST_F(child_process_test, does_not_outlive_us) {
  bqs::test::scratch files;
  auto said = files.path("said");
  auto asked = files.path("asked");
  ASSERT_EQ(::mkfifo(said.c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(asked.c_str(), 0600), 0);
  auto node = ::fork();
  ASSERT_GE(node, 0);
  if (node == 0) {
    run({"/bin/sh", "-c", "exec >$0; echo begun; read x <$1; echo alive", said,
         asked});
    ::_exit(0);
  }
  std::ifstream words{said}; // waits for the program
  std::string line;
  std::getline(words, line);
  EXPECT_EQ(line, "begun");
  ::kill(node, SIGKILL);
  ::waitpid(node, nullptr, 0);
  unique_fd answer{::open(asked.c_str(), O_RDWR | O_CLOEXEC)};
  EXPECT_EQ(::write(answer.get(), "\n", 1), 1);
  EXPECT_FALSE(std::getline(words, line)) << line;
}

TEST_F(child_process_test, may_not_print_without_end) {
  auto x = run({"/usr/bin/yes"});
  EXPECT_EQ(x.fault, "it prints too much");
  EXPECT_EQ(x.output, "");
}

TEST_F(child_process_test, that_is_no_program_is_not_given_to_a_shell) {
  bqs::test::scratch files;
  auto path = files.write("script", "echo surprise\n");
  ::chmod(path.c_str(), 0700);
  auto x = run({path});
  EXPECT_NE(x.fault, "");
  EXPECT_EQ(x.output, "");
  EXPECT_NE(run({"/nowhere/at/all"}).fault, "");
}

} // namespace

} // namespace bqs::http
