// How many rows the sandbox takes, and what that costs it. Starts one as a
// process and posts ready-made bodies over plain sockets. Asserts nothing.
//
//   sandbox_bench BQSTREAMER ROWS CONNECTIONS ROWS-PER-REQUEST [OPTION...]
//
// The options are the sandbox's, such as `--store=none`.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

using steady = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "sandbox_bench: %s\n", what.c_str());
  std::exit(1);
}

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

/// The process that is measured.
class sandbox_process {
public:
  sandbox_process(const char* program, char** options) {
    int out[2];
    if (::pipe(out) != 0)
      fail("no pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, out[0]);
    std::string words[] = {program, "sandbox", "--port=0"};
    std::vector<char*> arguments;
    for (auto& x : words)
      arguments.push_back(x.data());
    for (; *options != nullptr; ++options)
      arguments.push_back(*options);
    arguments.push_back(nullptr);
    if (::posix_spawn(&pid_, program, &files, nullptr, arguments.data(),
                      environ)
        != 0)
      fail("cannot start " + words[0]);
    ::close(out[1]);
    read_port(out[0]);
  }

  std::uint16_t port() const {
    return port_;
  }

  /// Ends it; returns what it used.
  rusage end() {
    ::kill(pid_, SIGTERM);
    rusage used{};
    ::wait4(pid_, nullptr, 0, &used);
    return used;
  }

private:
  void read_port(int from) {
    std::string text;
    char c = 0;
    while (::read(from, &c, 1) == 1 && c != '\n')
      text += c;
    constexpr std::string_view before = "://127.0.0.1:";
    auto at = text.find(before);
    if (at == std::string::npos)
      fail("the sandbox did not start");
    port_ = static_cast<std::uint16_t>(
      std::strtoul(text.c_str() + at + before.size(), nullptr, 10));
  }

  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// A request whose rows get fresh insert ids each time it is sent.
class post {
public:
  post(std::size_t rows) {
    std::string body = R"({"skipInvalidRows":true,"rows":[)";
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < rows; ++i) {
      body += i == 0 ? R"({"insertId":")" : R"(,{"insertId":")";
      places.push_back(body.size());
      body += std::string(digits, '0')
              + R"(","json":{"id":"a row that is small","n":)"
              + std::to_string(i) + R"(,"text":"twenty characters, ok"}})";
    }
    body += "]}";
    text_ = "POST /bigquery/v2/projects/p/datasets/ds/tables/t/insertAll "
            "HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\nContent-Length: "
            + std::to_string(body.size()) + "\r\n\r\n";
    for (auto x : places)
      places_.push_back(x + text_.size());
    text_ += body;
  }

  std::string_view number(std::uint64_t first) {
    for (auto place : places_)
      write_number(text_.data() + place, first++);
    return text_;
  }

private:
  static constexpr std::size_t digits = 12;

  static void write_number(char* to, std::uint64_t x) {
    for (auto i = digits; i > 0; --i, x /= 10)
      to[i - 1] = static_cast<char>('0' + x % 10);
  }

  std::string text_;
  std::vector<std::size_t> places_;
};

class connection {
public:
  explicit connection(std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0)
      fail("cannot connect");
  }

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  ~connection() {
    ::close(fd_);
  }

  void send(std::string_view x) {
    while (!x.empty()) {
      auto n = ::send(fd_, x.data(), x.size(), MSG_NOSIGNAL);
      if (n <= 0)
        fail("the connection broke");
      x.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// Reads one answer, which must be the one of rows that are all stored.
  void expect_success() {
    constexpr std::string_view last = "InsertAllResponse\"}";
    std::size_t size = 0;
    for (;;) {
      auto n = ::recv(fd_, in_.data() + size, in_.size() - size, 0);
      if (n <= 0)
        fail("no answer");
      size += static_cast<std::size_t>(n);
      std::string_view all{in_.data(), size};
      if (all.ends_with(last))
        return;
      if (size == in_.size() || all.find("error") != all.npos)
        fail("answer: " + std::string{all});
    }
  }

private:
  int fd_;
  std::array<char, 4096> in_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 5)
    fail("usage: BQSTREAMER ROWS CONNECTIONS ROWS-PER-REQUEST [OPTION...]");
  sandbox_process box{argv[1], argv + 5};
  auto rows = std::strtoull(argv[2], nullptr, 10);
  auto connections = std::strtoull(argv[3], nullptr, 10);
  auto per_request = std::strtoull(argv[4], nullptr, 10);
  if (connections == 0 || per_request == 0)
    fail("the numbers must not be 0");
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> bytes{0};
  auto begin = steady::now();
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < connections; ++i)
    threads.emplace_back([&] {
      connection line{box.port()};
      post each{per_request};
      for (auto first = next.fetch_add(per_request); first < rows;
           first = next.fetch_add(per_request)) {
        auto text = each.number(first);
        line.send(text);
        bytes += text.size();
        line.expect_success();
      }
    });
  for (auto& x : threads)
    x.join();
  std::chrono::duration<double> time = steady::now() - begin;
  auto used = box.end();
  rusage self{};
  ::getrusage(RUSAGE_SELF, &self);
  auto sent = (rows + per_request - 1) / per_request * per_request;
  std::printf("%llu rows in %.2f s: %.0f rows/s, %.0f MB/s\n",
              static_cast<unsigned long long>(sent), time.count(),
              static_cast<double>(sent) / time.count(),
              static_cast<double>(bytes.load()) / 1e6 / time.count());
  std::printf("sandbox: %.2f s CPU (%.2f of it system), %.0f MiB at its peak\n",
              seconds(used.ru_utime) + seconds(used.ru_stime),
              seconds(used.ru_stime),
              static_cast<double>(used.ru_maxrss) / 1024);
  std::printf("this program: %.2f s CPU\n",
              seconds(self.ru_utime) + seconds(self.ru_stime));
}
