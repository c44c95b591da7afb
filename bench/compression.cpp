// Bodies plain and packed, over lines of several widths: where packing pays.

#include <string>

#include "bench/benches.hpp"
#include "bench/bodies.hpp"

namespace bqs::bench {

namespace {

/// Most rows of a request by default.
constexpr std::size_t rows_of_request = 5000;

/// All settings at their defaults, but for the packing.
/// @param line megabytes a second that the service reads; 0: no limit.
measured send_over(const run& how, std::size_t size, int line, bool packed) {
  auto box = start_sandbox(how);
  if (line > 0)
    set_faults(box, "bandwidth=" + std::to_string(line) + "MB/s");
  auto node = start_node(
    box.url, {std::string{"bigquery.compress="} + (packed ? "true" : "false")});
  auto time = how.pick(5000ms, 400ms);
  auto sender = start_sender({"node=" + std::to_string(node.port), "rows=500",
                              "pack=5000", "size=" + std::to_string(size),
                              "milliseconds=" + std::to_string(time.count())});
  return measure(sender, {&node.program, &box.program});
}

double share_left(std::size_t size) {
  return static_cast<double>(make_packed_body(rows_of_request, size).size())
         / static_cast<double>(make_body(rows_of_request, size).size());
}

} // namespace

void compression(run& how) {
  for (auto size : {200u, 1024u})
    for (auto line : {10, 30, 100, 300, 0}) {
      auto send = [&](bool packed) {
        return median(how, [&] { return send_over(how, size, line, packed); });
      };
      auto plain = send(false);
      auto packed = send(true);
      how.found.add(
        "compression",
        std::to_string(size) + " B, "
          + (line > 0 ? std::to_string(line) + " MB/s" : "no limit"),
        {{"rows/s plain", plain.rows_per_second()},
         {"rows/s packed", packed.rows_per_second()},
         {"packed by plain",
          packed.rows_per_second() / plain.rows_per_second()},
         {"CPU-s/M rows node, plain", plain.cost(1)},
         {"CPU-s/M rows node, packed", packed.cost(1)},
         {"bytes left", share_left(size)}});
    }
}

} // namespace bqs::bench
