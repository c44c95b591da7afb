// Posts bodies that are ready-made with the node's own HTTP client, from as
// many connections as one wishes, each with a thread. What the service, the
// kernel and TLS allow. Says `ready`, begins when it reads a line, prints
// `result` and a JSON object, and ends with its input.
//
//   bench_poster endpoint=URL [ca=FILE] [rows=N] [size=BYTES] [packed=1]
//                [connections=N] [milliseconds=N]

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "bench/bodies.hpp"
#include "bench/program.hpp"
#include "http/connection.hpp"

namespace bqs::bench {

namespace {

using steady = std::chrono::steady_clock;

const std::string path
  = "/bigquery/v2/projects/bench/datasets/ds/tables/t0/insertAll";

void run(const words& given) {
  auto where = http::parse_endpoint(given.text("endpoint"));
  if (auto why = std::get_if<std::string>(&where))
    throw std::runtime_error{*why};
  http::transport_options how;
  how.tls.ca_file = given.text("ca");
  auto rows = given.number("rows", 500);
  auto size = given.number("size", 200);
  auto packed = given.number("packed", 0) > 0;
  auto body = packed ? make_packed_body(rows, size) : make_body(rows, size);
  std::chrono::milliseconds time{given.number("milliseconds", 1000)};
  wait_for_go();
  auto begin = steady::now();
  std::atomic<std::uint64_t> posted{0};
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < given.number("connections", 32); ++i)
    threads.emplace_back([&] {
      http::connection link{std::get<http::endpoint>(where), how};
      http::connection::headers all{{"Content-Type", "application/json"}};
      if (packed)
        all.emplace_back("Content-Encoding", "gzip");
      http::header_block fields{all};
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
  tell({{"stored", posted * rows},
        {"seconds",
         std::chrono::duration<double>(steady::now() - begin).count()}});
}

} // namespace

} // namespace bqs::bench

int main(int argc, char** argv) {
  return bqs::bench::run_program("bench_poster", argc, argv, bqs::bench::run);
}
