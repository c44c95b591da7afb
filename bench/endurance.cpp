// A node that is sent as much as it takes for a minute and more: what it takes
// itself must not depend on how many rows have gone through.

#include <string>
#include <thread>

#include "bench/benches.hpp"

namespace bqs::bench {

void endurance(run& how) {
  auto time = how.pick(90'000ms, 2'000ms);
  auto box = start_sandbox(how);
  auto node = start_node(box.url);
  auto sender = start_sender({"node=" + std::to_string(node.port), "pack=5000",
                              "milliseconds=" + std::to_string(time.count())});
  auto resident = results::values::array();
  std::jthread watcher{[&] {
    for (auto i = 0; i < 4; ++i) {
      std::this_thread::sleep_for(time / 4 - 50ms);
      resident.push_back(node.program.used().resident_mib);
    }
  }};
  auto found = measure(sender, {&node.program});
  watcher.join();
  how.found.add("endurance",
                std::to_string(time / 1s) + " s, 200 B, default settings",
                {{"million rows", found.rows / 1e6},
                 {"rows/s", found.rows_per_second()},
                 {"CPU-s/M rows node", found.cost(1)},
                 {"peak MiB node", found.used[1].peak_mib},
                 {"resident MiB at each quarter", resident}});
}

} // namespace bqs::bench
