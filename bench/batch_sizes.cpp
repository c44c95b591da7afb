// Requests of few rows and of many: how large they should be allowed to grow.

#include <string>
#include <vector>

#include "bench/benches.hpp"

namespace bqs::bench {

namespace {

/// A service, by a fault of the sandbox.
struct answers {
  const char* name;
  std::string fault;
  /// Of the sender, so that all requests that may be in flight can be full.
  std::size_t window;
};

void send_by(run& how, std::size_t size, std::size_t rows, const answers& x) {
  auto n = std::to_string(rows);
  // The producer's blocks are as always; only requests are cut in another way.
  const std::vector<std::string> settings{
    "batch.rows=" + n, "batch.max-rows=" + n, "batch.bytes=9MiB",
    "batch.max-bytes=9MiB"};
  auto time = how.pick(3000ms, 400ms);
  auto found = median(how, [&] {
    auto box = start_sandbox(how);
    set_faults(box, x.fault);
    auto node = start_node(box.url, settings);
    auto sender = start_sender(
      {"node=" + std::to_string(node.port), "rows=500", "pack=5000",
       "size=" + std::to_string(size), "window=" + std::to_string(x.window),
       "milliseconds=" + std::to_string(time.count())});
    auto result = measure(sender, {&node.program, &box.program});
    result.result["rows a request"] = books_of(box).rows_a_request();
    return result;
  });
  how.found.add(
    "batch_sizes",
    std::to_string(size) + " B, " + x.name + ", " + grouped(rows) + " rows",
    {{"rows/s", found.rows_per_second()},
     {"MB/s", found.rows_per_second() * static_cast<double>(size) / 1e6},
     {"rows a request", found.result["rows a request"]},
     {"CPU-s/M rows node", found.cost(1)},
     {"CPU-s/M rows sandbox", found.cost(2)},
     {"peak MiB node", found.used[1].peak_mib}});
}

} // namespace

void batch_sizes(run& how) {
  const std::vector<answers> services{
    {"loopback", "", 8u << 20},
    {"50 ms", "latency=50ms", 64u << 20},
    {"110 ms and 83 ms a MB", "realistic", 64u << 20}};
  for (auto size : {200u, 1024u})
    for (auto& x : services)
      for (auto rows : {100u, 500u, 1000u, 2000u, 5000u, 10'000u}) {
        // Some 9 MB are the most that a request may have.
        if (rows * size > (8u << 20) || (how.quick && rows % 5000 != 0))
          continue;
        send_by(how, size, rows, x);
      }
}

} // namespace bqs::bench
