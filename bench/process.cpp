#include "bench/process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace bqs::bench {

namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  return ends;
}

/// Calls `f` with key and value of each line of a `status` in /proc.
template <class F>
void read_status(const std::string& path, F f) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);)
    if (auto colon = line.find(':'); colon != std::string::npos)
      f(std::string_view{line}.substr(0, colon),
        std::strtoull(line.c_str() + colon + 1, nullptr, 10));
}

} // namespace

process::process(const std::string& program, std::vector<std::string> arguments)
  : name_(std::filesystem::path{program}.filename()) {
  auto in = make_pipe();
  auto out = make_pipe();
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (auto& x : arguments)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  auto failed = ::posix_spawn(&pid_, program.c_str(), &files, nullptr,
                              argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
  if (failed != 0)
    throw std::runtime_error{"cannot start " + program};
}

process::process(process&& x) noexcept
  : name_(std::move(x.name_)), pid_(std::exchange(x.pid_, -1)),
    in_(std::exchange(x.in_, -1)), out_(std::exchange(x.out_, -1)),
    text_(std::move(x.text_)) {
  // nop
}

process::~process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (auto fd : {in_, out_})
    if (fd >= 0)
      ::close(fd);
}

std::optional<std::string> process::next_line() {
  for (;;) {
    if (auto stop = text_.find('\n'); stop != std::string::npos) {
      auto result = text_.substr(0, stop);
      text_.erase(0, stop + 1);
      return result;
    }
    std::array<char, 65536> buffer;
    auto got = ::read(out_, buffer.data(), buffer.size());
    if (got <= 0)
      return std::nullopt;
    text_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string process::line() {
  if (auto x = next_line())
    return std::move(*x);
  throw std::runtime_error{name_ + " has ended early"};
}

std::string process::line_with(std::string_view text) {
  for (;;)
    if (auto x = line(); x.find(text) != std::string::npos)
      return x;
}

void process::tell(std::string_view text) {
  auto whole = std::string{text} + "\n";
  if (::write(in_, whole.data(), whole.size())
      != static_cast<ssize_t>(whole.size()))
    throw std::runtime_error{name_ + " reads no more"};
}

usage process::used() const {
  usage result;
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) == 0
      && ::clock_gettime(clock, &time) == 0)
    result.cpu_seconds = static_cast<double>(time.tv_sec)
                         + static_cast<double>(time.tv_nsec) * 1e-9;
  auto home = "/proc/" + std::to_string(pid_);
  read_status(home + "/status", [&](std::string_view key, auto value) {
    if (key == "VmHWM")
      result.peak_mib = static_cast<double>(value) / 1024;
    else if (key == "VmRSS")
      result.resident_mib = static_cast<double>(value) / 1024;
  });
  std::error_code gone;
  for (auto& thread : std::filesystem::directory_iterator{home + "/task", gone})
    read_status(thread.path().string() + "/status",
                [&](std::string_view key, auto value) {
                  if (key == "voluntary_ctxt_switches")
                    result.sleeps += value;
                });
  return result;
}

int process::end() {
  if (pid_ <= 0)
    return 0;
  ::kill(pid_, SIGTERM);
  // Whoever waits for input ends, too, and nobody waits for room in the pipe.
  ::close(std::exchange(in_, -1));
  std::array<char, 65536> buffer;
  while (::read(out_, buffer.data(), buffer.size()) > 0) {
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::uint16_t port_in(const std::string& line) {
  constexpr std::string_view before = "127.0.0.1:";
  auto at = line.find(before);
  if (at == std::string::npos)
    throw std::runtime_error{"no port in: " + line};
  return static_cast<std::uint16_t>(
    std::strtoul(line.c_str() + at + before.size(), nullptr, 10));
}

} // namespace bqs::bench
