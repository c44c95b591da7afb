#include "http/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
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

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Children that did not end when they were killed: a mount that hangs may hold
/// them for long. Each is in mind until it is reaped.
class late_children {
public:
  void add(pid_t pid, const std::string& program) {
    std::lock_guard lock{guard_};
    entries_.push_back({pid, program});
  }

  /// Reaps those that have ended since. Whether one of `program` has not.
  bool holds(const std::string& program) {
    std::lock_guard lock{guard_};
    std::erase_if(entries_, [](auto& x) {
      return ::waitpid(x.pid, nullptr, WNOHANG) != 0;
    });
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](auto& x) { return x.program == program; });
  }

private:
  struct entry {
    pid_t pid;
    std::string program;
  };

  std::mutex guard_;
  std::vector<entry> entries_;
};

late_children& late_ones() {
  static late_children instance;
  return instance;
}

/// What the child needs to become the program, made ready before there is one:
/// between `fork` and `execve` nothing may be allocated.
struct start_plan {
  const char* file;
  char* const* arguments;
  char* const* variables;
  int out;
  /// Where the child tells why it could not.
  int report;
  pid_t parent;
};

[[noreturn]] void give_up(int report) noexcept {
  auto code = errno;
  [[maybe_unused]] auto n = ::write(report, &code, sizeof code);
  ::_exit(127);
}

void reset_signals() noexcept {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (auto i = 1; i < NSIG; ++i)
    ::sigaction(i, &usual, nullptr); // some cannot be set
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// In the child. Calls nothing but what a signal handler may.
[[noreturn]] void become(const start_plan& x) noexcept {
  // The last that is kept, for the report; where the others will be may be
  // anything of ours.
  constexpr auto kept = STDERR_FILENO + 1;
  auto above = [](int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, kept + 1); };
  auto report = above(x.report);
  auto out = above(x.out);
  auto null = above(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (report < 0 || out < 0 || null < 0)
    give_up(x.report);
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0
      || ::dup2(null, STDERR_FILENO) < 0 || ::dup3(report, kept, O_CLOEXEC) < 0)
    give_up(report);
  if (::close_range(kept + 1, ~0u, 0) != 0 || ::setpgid(0, 0) != 0)
    give_up(kept);
  reset_signals();
  // The program is not to outlive us. What this asks for comes when the thread
  // that called `fork` ends, and that one waits for us; if it has ended since,
  // it comes no more.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    give_up(kept);
  if (::getppid() != x.parent)
    ::_exit(127);
  ::execve(x.file, x.arguments, x.variables);
  give_up(kept);
}

/// Makes the child that becomes the program, with its output in `out`. Returns
/// an error code. `posix_spawn` knows no way to bind a life to ours.
/// @param told from where to hear whether it could
int spawn(const child_process& x, int out, pid_t& pid, unique_fd& told) {
  auto command = x.command;
  auto variables = environment_of(x);
  auto arguments = pointers_to(command);
  auto settings = pointers_to(variables);
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return errno;
  told = unique_fd{ends[0]};
  unique_fd report{ends[1]};
  start_plan plan{command.front().c_str(),
                  arguments.data(),
                  settings.data(),
                  out,
                  report.get(),
                  ::getpid()};
  // No handler of ours is to run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid = ::fork();
  if (pid == 0)
    become(plan);
  auto code = pid < 0 ? errno : 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

/// Waits until the program is there: it may have to be fetched from a mount
/// that hangs. Returns why it is not.
std::string await_start(int told, const waiter& patience) {
  // Ends when the program is there, or the child is gone.
  if (patience.wait(told, POLLIN) == 0)
    return patience.why();
  auto code = 0;
  return ::read(told, &code, sizeof code) == sizeof code ? reason(code)
                                                         : std::string{};
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

/// Ends a child, and what is in its group. Returns how it ended; of one that
/// the kernel does not let go, what it would be.
int kill_and_reap(const child_process& x, pid_t pid, int ended) {
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL); // it may have no group yet
  waiter grace{-1, waiter::clock::now() + x.grace};
  if (ended < 0 || grace.wait(ended, POLLIN) != 0)
    return reap(pid);
  late_ones().add(pid, x.command.front());
  return 128 + SIGKILL;
}

} // namespace

child_result run_child(const child_process& x, int cancel_fd) {
  // Where one hangs so will the next, and there would be more with each try.
  if (late_ones().holds(x.command.front()))
    return {"the last one was killed and has not ended yet", {}, 0};
  child_result result;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {reason(errno), {}, 0};
  unique_fd in{ends[0]};
  unique_fd out{ends[1]};
  unique_fd told;
  pid_t pid = -1;
  waiter patience{cancel_fd, waiter::clock::now() + x.timeout};
  if (auto code = spawn(x, out.get(), pid, told); code != 0)
    return {reason(code), {}, 0};
  out = unique_fd{};
  unique_fd ended{open_pid(pid)};
  result.fault = await_start(told.get(), patience);
  if (result.fault.empty())
    result.fault = read_all(in.get(), patience, x.max_output, result.output);
  if (result.fault.empty() && ended && patience.wait(ended.get(), POLLIN) == 0)
    result.fault = patience.why();
  if (result.fault.empty() && ended) {
    result.exit_code = reap(pid);
    return result;
  }
  result.output.clear();
  result.exit_code = kill_and_reap(x, pid, ended.get());
  return result;
}

} // namespace bqs::http
