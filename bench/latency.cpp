// From push to receipt at 1,000 rows a second: what is added to the age that
// rows are allowed to reach.

#include <chrono>
#include <string>

#include "bench/benches.hpp"

namespace bqs::bench {

void latency(run& how) {
  for (auto age : {10ms, 100ms, 1000ms}) {
    auto box = start_sandbox(how);
    auto ms = std::to_string(age.count());
    // Nothing but the age shall make a request, and no receipt shall wait: at
    // an age of a second there is one for each of a thousand blocks at once.
    auto node
      = start_node(box.url, {"batch.age=" + ms + "ms", "batch.rows=50000",
                             "batch.max-rows=50000", "receipts.window=100000"});
    // A request each second: a hundredth of them shall be one at least.
    auto time
      = how.pick(std::chrono::milliseconds{age < 1s ? 30s : 120s}, 3'000ms);
    auto sender = start_sender(
      {"node=" + std::to_string(node.port), "by=blocks", "rows=1", "size=200",
       "pause=1000", "ahead=100000", "age=" + ms,
       "milliseconds=" + std::to_string(time.count())});
    auto found = measure(sender, {&node.program});
    auto& all = found.result["latencies"]["all"];
    auto& first = found.result["latencies"]["first"];
    auto beyond = [&](const char* which) {
      return first[which].get<double>() - static_cast<double>(age.count());
    };
    how.found.add(
      "latency", "batch.age " + ms + " ms",
      {{"rows/s", found.rows_per_second()},
       {"requests", first["n"]},
       {"ms beyond p50", beyond("p50")},
       {"ms beyond p99", beyond("p99")},
       {"ms beyond max", beyond("max")},
       {"ms in all p50", all["p50"]},
       {"ms in all p99", all["p99"]},
       {"CPU % node", found.used[1].cpu_seconds / found.seconds * 100}});
  }
}

} // namespace bqs::bench
