// All benches. Prints one table; asserts nothing. scripts/bench builds what it
// needs and calls it.
//
//   bench [--quick] [--rounds=N] [--json=FILE] [--fill=PAGE] [--commit=TEXT]
//         [NAME...]

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/benches.hpp"
#include "http/rfc3339.hpp"
#include "tests/http/test_authority.hpp"

namespace {

using namespace bqs::bench;

const std::vector<std::pair<std::string, void (*)(run&)>> all_benches{
  {"parts", parts},
  {"end_to_end", end_to_end},
  {"batch_sizes", batch_sizes},
  {"compression", compression},
  {"endurance", endurance},
  {"latency", latency},
  {"pushing", pushing},
  {"idle", idle},
  {"slow_service", slow_service},
  {"quota", quota},
  {"head_of_line", head_of_line},
  {"outage", outage},
  {"many_tables", many_tables}};

[[noreturn]] void show_usage() {
  std::cerr << "usage: bench [--quick] [--rounds=N] [--json=FILE] "
               "[--fill=PAGE] [--commit=TEXT] [NAME...]\nbenches:";
  for (auto& [name, f] : all_benches)
    std::cerr << ' ' << name;
  std::cerr << '\n';
  std::exit(64);
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The rest of the first line that begins with `key`.
std::string value_in(const std::string& path, const std::string& key) {
  std::ifstream in{path};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key))
      return line.substr(std::min(line.size(), line.find(':') + 2));
  return "unknown";
}

void describe_machine(results& to, const std::string& commit, bool quick) {
  using namespace std::chrono;
  auto now = time_point_cast<seconds>(system_clock::now());
  to.describe("time", bqs::http::to_rfc3339(now));
  to.describe("commit", commit.empty() ? "unknown" : commit);
  to.describe("processor", std::to_string(std::thread::hardware_concurrency())
                             + " of "
                             + value_in("/proc/cpuinfo", "model name"));
  auto load = read_file("/proc/loadavg");
  to.describe("load when it began", load.substr(0, load.find(' ')));
  if (quick)
    to.describe("runs", "short ones (--quick), of no meaning by themselves");
}

} // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  run how;
  std::string json;
  std::string page;
  std::string commit;
  std::vector<std::string> wanted;
  for (auto i = 1; i < argc; ++i) {
    std::string word = argv[i];
    auto value = word.substr(std::min(word.size(), word.find('=') + 1));
    if (word == "--quick")
      how.quick = true;
    else if (word.starts_with("--rounds="))
      how.rounds = std::max(std::atoi(value.c_str()), 1);
    else if (word.starts_with("--json="))
      json = value;
    else if (word.starts_with("--fill="))
      page = value;
    else if (word.starts_with("--commit="))
      commit = value;
    else if (std::ranges::any_of(all_benches,
                                 [&](auto& x) { return x.first == word; }))
      wanted.push_back(word);
    else
      show_usage();
  }
  describe_machine(how.found, commit, how.quick);
  if (how.quick)
    how.rounds = 1;
  auto code = EXIT_SUCCESS;
  bqs::http::test::test_authority authority;
  how.certificates
    = std::filesystem::path{authority.file()}.parent_path().string();
  authority.issue(how.certificates + "/peer", "IP:127.0.0.1");
  for (auto& [name, f] : all_benches) {
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end())
      continue;
    try {
      f(how);
    } catch (const std::exception& e) {
      how.found.leave_out(name, std::string{"the rest: "} + e.what());
      code = EXIT_FAILURE;
    }
  }
  std::cout << how.found.text();
  if (!json.empty()) {
    std::ofstream{json} << how.found.json();
    std::cout << "\nalso in " << json << '\n';
  }
  if (!page.empty()) {
    auto filled = how.found.fill(read_file(page));
    std::ofstream{page} << filled;
    std::cout << "tables of " << page << " written\n";
  }
  return code;
}
