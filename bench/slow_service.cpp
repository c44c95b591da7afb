// A service that takes 50 ms for a request, whatever it carries: rows a second
// as a share of what 32 requests of 500 rows can carry.

#include <optional>
#include <string>
#include <vector>

#include "bench/benches.hpp"

namespace bqs::bench {

namespace {

/// @param calm beside another table that gets a row each second.
void send_slowly(run& how, int tables, const std::string& more,
                 const std::string& what, bool calm = false) {
  constexpr auto in_flight = 32;
  constexpr auto rows = 500;
  constexpr auto most = in_flight * rows / 0.05;
  auto box = start_sandbox(how);
  set_faults(box, "latency=50ms");
  std::vector<std::string> settings{"dispatch.max-in-flight="
                                      + std::to_string(in_flight),
                                    "batch.rows=" + std::to_string(rows),
                                    "batch.max-rows=" + std::to_string(rows)};
  if (!more.empty())
    settings.push_back(more);
  auto node = start_node(box.url, settings);
  auto time = how.pick(10'000ms, 1'500ms);
  auto sender = start_sender(
    {"node=" + std::to_string(node.port), "rows=" + std::to_string(rows),
     "tables=" + std::to_string(tables),
     "window=" + std::to_string((tables == 1 ? 16u : 4u) << 20),
     "milliseconds=" + std::to_string(time.count())});
  std::optional<process> other;
  if (calm) {
    other.emplace(
      start_sender({"node=" + std::to_string(node.port), "by=blocks",
                    "prefix=calm", "rows=1", "pause=1000000",
                    "milliseconds=" + std::to_string(time.count())}));
    other->tell("go");
  }
  auto begin = steady_seconds();
  auto found = measure(sender, {&node.program, &box.program});
  auto end = steady_seconds();
  how.found.add(
    "slow_service",
    std::to_string(tables) + (tables == 1 ? " table" : " tables") + what,
    {{"rows/s", found.rows_per_second()},
     {"of 320,000", found.rows_per_second() / most},
     {"s until 95%", time_to(0.95 * most, begin, end, found.result["samples"])},
     {"CPU-s/M rows node", found.cost(1)},
     {"peak MiB node", found.used[1].peak_mib}});
}

} // namespace

void slow_service(run& how) {
  for (auto tables : {1, 10, 50}) {
    send_slowly(how, tables, "dispatch.start-in-flight=0", ", 32 at once");
    send_slowly(how, tables, "", ", up to 32, found by itself");
  }
  send_slowly(how, 1, "dispatch.start-in-flight=0",
              " and a row a second for another, 32 at once", true);
  send_slowly(how, 1, "",
              " and a row a second for another, up to 32, found by itself",
              true);
}

} // namespace bqs::bench
