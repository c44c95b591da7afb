// Bytes on a connection to the sandbox, from its HTTP to its tables.

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/web.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs::sandbox;
using bqs::test::demand;

namespace {

options small() {
  options result;
  result.create_tables = true;
  result.clock = [] {
    return std::chrono::system_clock::time_point{
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
  };
  result.wait = [](std::chrono::microseconds) {};
  result.report = [](const std::string&) {};
  return result;
}

/// Sends all, then reads to the end.
std::string talk(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0)
      break;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  shutdown(fd, SHUT_WR);
  std::string result;
  std::array<char, 4096> part;
  for (auto n = recv(fd, part.data(), part.size(), 0); n > 0;
       n = recv(fd, part.data(), part.size(), 0))
    result.append(part.data(), static_cast<std::size_t>(n));
  return result;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  demand(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
         "socketpair");
  service answers{small()};
  web uut{answers};
  std::string answer;
  std::thread peer{[&] {
    answer = talk(ends[0], bqs::test::fuzz_input{data, size}.rest());
  }};
  uut.serve(ends[1]);
  close(ends[1]);
  peer.join();
  close(ends[0]);
  demand(answer.empty() || answer.starts_with("HTTP/1."), "no answer in HTTP");
  return 0;
}
