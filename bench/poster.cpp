// Posts bodies that are ready-made with the node's own HTTP client, from as
// many connections as one wishes, each with a thread. What the service, the
// kernel and TLS allow. Says `ready`, begins when it reads a line, prints
// `result` and a JSON object, and ends with its input.
//
//   bench_poster endpoint=URL [ca=FILE] [rows=N] [size=BYTES] [connections=N]
//                [milliseconds=N]

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/rows.hpp"
#include "bench/words.hpp"
#include "http/body.hpp"
#include "http/connection.hpp"

namespace bqs::bench {

namespace {

using steady = std::chrono::steady_clock;

const std::string path
  = "/bigquery/v2/projects/bench/datasets/ds/tables/t0/insertAll";

std::string make_body(std::uint64_t rows, std::uint64_t size) {
  http::body_builder result;
  std::uint64_t n = 0;
  for (auto& x : make_rows(rows, size))
    result.append(x, "AAAAAAAAAAAAAAAAAAAAAA-", n++);
  return std::string{result.finish()};
}

int run(const words& given) {
  auto where = http::parse_endpoint(given.text("endpoint"));
  if (auto why = std::get_if<std::string>(&where))
    throw std::runtime_error{*why};
  http::transport_options how;
  how.tls.ca_file = given.text("ca");
  auto rows = given.number("rows", 500);
  auto body = make_body(rows, given.number("size", 200));
  std::chrono::milliseconds time{given.number("milliseconds", 1000)};
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  auto begin = steady::now();
  std::atomic<std::uint64_t> posted{0};
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < given.number("connections", 32); ++i)
    threads.emplace_back([&] {
      http::connection link{std::get<http::endpoint>(where), how};
      http::connection::headers fields{{"Content-Type", "application/json"}};
      while (!wrong && steady::now() - begin < time) {
        auto answer = link.post(path, fields, body, {});
        if (answer.status == 200)
          ++posted;
        else
          wrong = true;
      }
    });
  for (auto& x : threads)
    x.join();
  if (wrong)
    throw std::runtime_error{"a request was not answered with 200"};
  nlohmann::json result{
    {"stored", posted * rows},
    {"seconds", std::chrono::duration<double>(steady::now() - begin).count()}};
  std::cout << "result " << result.dump() << std::endl;
  while (std::getline(std::cin, line)) {
  }
  return EXIT_SUCCESS;
}

} // namespace

} // namespace bqs::bench

int main(int argc, char** argv) {
  try {
    return bqs::bench::run({argc, argv});
  } catch (const std::exception& e) {
    std::cerr << "bench_poster: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
