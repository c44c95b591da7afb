#include "tests/end_to_end/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>

extern char** environ;

namespace bqs::test {

namespace {

constexpr auto patience = std::chrono::seconds{60};

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    std::abort();
  return ends;
}

} // namespace

process::process(std::vector<std::string> arguments, std::string_view input) {
  start(BQS_PROGRAM, std::move(arguments), input);
}

process process::run(const std::string& program,
                     std::vector<std::string> arguments) {
  process result;
  result.start(program, std::move(arguments), {});
  return result;
}

process::process(process&& x) noexcept
  : pid_(std::exchange(x.pid_, -1)), ended_(x.ended_),
    out_(std::exchange(x.out_, {})), err_(std::exchange(x.err_, {})) {
  // nop
}

process::~process() {
  if (pid_ > 0 && !ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (auto fd : {out_.fd, err_.fd})
    if (fd >= 0)
      ::close(fd);
}

void process::start(const std::string& program,
                    std::vector<std::string> arguments,
                    std::string_view input) {
  auto out = make_pipe();
  auto err = make_pipe();
  // A file and not a pipe: nobody has to feed it.
  auto in = ::memfd_create("input", MFD_CLOEXEC);
  for (auto left = input; !left.empty();) {
    auto n = ::write(in, left.data(), left.size());
    if (n <= 0)
      std::abort();
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  ::lseek(in, 0, SEEK_SET);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (auto& x : arguments)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(),
                    environ)
      != 0)
    ADD_FAILURE() << "cannot start " << program;
  posix_spawn_file_actions_destroy(&actions);
  ::close(in);
  ::close(out[1]);
  ::close(err[1]);
  out_.fd = out[0];
  err_.fd = err[0];
}

bool process::pump(int timeout_ms) {
  std::array<pollfd, 2> fds{};
  nfds_t n = 0;
  std::array<stream*, 2> which{};
  for (auto x : {&out_, &err_})
    if (x->open) {
      which[n] = x;
      fds[n++] = {x->fd, POLLIN, 0};
    }
  if (n == 0)
    return false;
  if (::poll(fds.data(), n, timeout_ms) <= 0)
    return true;
  for (nfds_t i = 0; i < n; ++i) {
    if (fds[i].revents == 0)
      continue;
    std::array<char, 65536> buffer;
    auto got = ::read(fds[i].fd, buffer.data(), buffer.size());
    if (got > 0)
      which[i]->text.append(buffer.data(), static_cast<std::size_t>(got));
    else
      which[i]->open = false;
  }
  return true;
}

std::optional<std::string> process::wait_for(stream& from,
                                             std::string_view text) {
  auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    for (auto stop = from.text.find('\n', from.seen); stop != std::string::npos;
         stop = from.text.find('\n', from.seen)) {
      auto line = from.text.substr(from.seen, stop - from.seen);
      from.seen = stop + 1;
      if (line.find(text) != std::string::npos)
        return line;
    }
    if (!from.open)
      return std::nullopt;
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "no line with '" << text << "' came; output:\n"
                    << out_.text << "\nerrors:\n"
                    << err_.text;
      return std::nullopt;
    }
    pump(1000);
  }
}

std::optional<std::string> process::wait_for_line(std::string_view text) {
  return wait_for(out_, text);
}

std::optional<std::string> process::wait_for_error(std::string_view text) {
  return wait_for(err_, text);
}

void process::signal(int number) {
  ::kill(pid_, number);
}

bool process::runs() {
  siginfo_t info{};
  return !ended_
         && ::waitid(P_PID, static_cast<id_t>(pid_), &info,
                     WEXITED | WNOHANG | WNOWAIT)
              == 0
         && info.si_pid == 0;
}

int process::wait(std::chrono::seconds most) {
  auto end = std::chrono::steady_clock::now() + most;
  while (pump(200))
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "the process did not end; output:\n"
                    << out_.text << "\nerrors:\n"
                    << err_.text;
      ::kill(pid_, SIGKILL);
    }
  if (!ended_) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return *ended_;
}

const std::string& process::output() {
  pump(0);
  return out_.text;
}

const std::string& process::errors() {
  pump(0);
  return err_.text;
}

std::size_t process::peak_memory() const {
  std::ifstream file{"/proc/" + std::to_string(pid_) + "/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmHWM:"))
      return static_cast<std::size_t>(
               std::strtoull(line.c_str() + 6, nullptr, 10))
             * 1024;
  return 0;
}

std::chrono::milliseconds process::used_time() const {
  auto text = text_of("/proc/" + std::to_string(pid_) + "/stat");
  // Behind the name, which may hold anything: the 14th and the 15th field.
  std::istringstream fields{text.substr(text.rfind(')') + 1)};
  std::string other;
  constexpr auto between = 11;
  for (auto i = 0; i < between; ++i)
    fields >> other;
  auto user = 0L;
  auto kernel = 0L;
  fields >> user >> kernel;
  return std::chrono::milliseconds{(user + kernel) * 1000
                                   / ::sysconf(_SC_CLK_TCK)};
}

std::uint16_t port_in(const std::string& line) {
  // "... listens on 127.0.0.1:4747, sends ..." and "... http://127.0.0.1:9050
  // ..."
  auto at = line.find("127.0.0.1:");
  if (at == std::string::npos)
    return 0;
  return static_cast<std::uint16_t>(
    std::strtoul(line.c_str() + at + 10, nullptr, 10));
}

} // namespace bqs::test
