// A node whose budget is full when the service comes back.

#include <string>
#include <thread>

#include "bench/benches.hpp"

namespace bqs::bench {

void outage(run& how) {
  auto box = start_sandbox(how);
  auto node = start_node(box.url, {"budget.max-buffered-bytes="
                                   + std::string{how.pick("256MiB", "32MiB")}});
  auto sender = start_sender({"node=" + std::to_string(node.port), "by=blocks",
                              "rows=500", "size=200", "tables=50",
                              "ahead=1000000", "until=full"});
  set_faults(box, "status=503");
  auto back = 0.0;
  std::jthread operation{[&] {
    std::this_thread::sleep_for(how.pick(10s, 2s));
    set_faults(box, "");
    back = steady_seconds();
  }};
  auto found = measure(sender, {&node.program});
  operation.join();
  auto first = 0.0;
  auto last = 0.0;
  for (auto& x : found.result["samples"]) {
    auto stored = x[1].get<double>();
    if (first == 0 && stored > 0)
      first = x[0];
    last = x[0];
  }
  how.found.add("outage", "50 tables",
                {{"backlog rows", found.rows},
                 {"refused blocks", found.result["refused"]},
                 {"s until the first is stored", first - back},
                 {"s until all are", last - back},
                 {"rows/s", found.rows / (last - back)},
                 {"CPU-s/M rows node", found.cost(1)},
                 {"peak MiB node", found.used[1].peak_mib}});
}

} // namespace bqs::bench
