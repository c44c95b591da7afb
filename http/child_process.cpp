#include "http/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include "http/unique_fd.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

namespace {

std::string reason(int code) {
  return std::system_category().message(code);
}

std::string name_of(std::string_view entry) {
  return std::string{entry.substr(0, entry.find('='))};
}

std::vector<std::string> environment_of(const child_process& x) {
  std::vector<std::string> result;
  for (auto** entry = environ; *entry != nullptr; ++entry) {
    auto is_it = [&](auto& y) { return y.first == name_of(*entry); };
    if (std::none_of(x.variables.begin(), x.variables.end(), is_it))
      result.emplace_back(*entry);
  }
  for (auto& [name, value] : x.variables)
    result.push_back(std::string{name}.append("=").append(value));
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& x : texts)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

/// Starts the program with its output in `out`. Returns an error code.
int spawn(const child_process& x, int out, pid_t& pid) {
  auto command = x.command;
  auto variables = environment_of(x);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                     O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP
                                            | POSIX_SPAWN_SETSIGMASK
                                            | POSIX_SPAWN_SETSIGDEF);
  // Unlike its sister it looks for no shell when the file is no program.
  auto code
    = ::posix_spawn(&pid, command.front().c_str(), &actions, &attributes,
                    pointers_to(command).data(), pointers_to(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return code;
}

/// Reads to the end of the output. Returns why not.
std::string read_all(int fd, const waiter& patience, std::size_t most,
                     std::string& to) {
  char buffer[4096];
  for (;;) {
    if (patience.wait(fd, POLLIN) == 0)
      return patience.why();
    auto n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return reason(errno);
    if (n == 0)
      return {};
    if (n > 0)
      to.append(buffer, static_cast<std::size_t>(n));
    if (to.size() > most)
      return "it prints too much";
  }
}

/// glibc 2.36 declares its own for C alone.
int open_pid(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

child_result run_child(const child_process& x, int cancel_fd) {
  child_result result;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {reason(errno), {}, 0};
  unique_fd in{ends[0]};
  unique_fd out{ends[1]};
  pid_t pid = -1;
  if (auto code = spawn(x, out.get(), pid); code != 0)
    return {reason(code), {}, 0};
  out = unique_fd{};
  waiter patience{cancel_fd, waiter::clock::now() + x.timeout};
  result.fault = read_all(in.get(), patience, x.max_output, result.output);
  unique_fd ended{open_pid(pid)};
  if (result.fault.empty() && ended && patience.wait(ended.get(), POLLIN) == 0)
    result.fault = patience.why();
  if (!result.fault.empty() || !ended) {
    ::kill(-pid, SIGKILL);
    result.output.clear();
  }
  result.exit_code = reap(pid);
  return result;
}

} // namespace bqs::http
