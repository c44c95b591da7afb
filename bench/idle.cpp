// What a node costs that has nothing to do.

#include <string>
#include <thread>

#include "bench/benches.hpp"

namespace bqs::bench {

void idle(run& how) {
  for (auto tables : {1, 100}) {
    auto box = start_sandbox(how);
    auto node = start_node(box.url, {"batch.age=10ms"});
    auto sender = start_sender(
      {"node=" + std::to_string(node.port), "by=blocks", "rows=1",
       "tables=" + std::to_string(tables), "blocks=" + std::to_string(tables)});
    measure(sender, {});
    std::this_thread::sleep_for(1s); // until all has come to rest
    auto before = node.program.used();
    auto begin = steady_seconds();
    std::this_thread::sleep_for(how.pick(20s, 2s));
    auto after = node.program.used();
    auto seconds = steady_seconds() - begin;
    how.found.add(
      "idle", std::to_string(tables) + (tables == 1 ? " table" : " tables"),
      {{"CPU % node", (after.cpu_seconds - before.cpu_seconds) / seconds * 100},
       {"wake-ups/s",
        static_cast<double>(after.sleeps - before.sleeps) / seconds},
       {"resident MiB", after.resident_mib}});
  }
}

} // namespace bqs::bench
