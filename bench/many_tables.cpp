// Very many tables that get few rows each.

#include <algorithm>
#include <string>
#include <vector>

#include "bench/benches.hpp"

namespace bqs::bench {

namespace {

using values = results::values;

double kib_of_table(double mib, int tables) {
  return mib * 1024 / tables;
}

/// Tables that have had a row and hold none.
void send_once(run& how, int tables) {
  auto box = start_sandbox(how);
  auto node = start_node(box.url, {"batch.age=10ms"});
  auto start = [&node](int different, int blocks) {
    return start_sender({"node=" + std::to_string(node.port), "by=blocks",
                         "rows=1", "ahead=64",
                         "tables=" + std::to_string(different),
                         "blocks=" + std::to_string(blocks)});
  };
  // Connections and their buffers are there before, and the first tables.
  constexpr auto before_all = 64;
  auto first = start(before_all, 4'000);
  measure(first, {});
  auto sender = start(tables, tables);
  auto before = node.program.used().resident_mib;
  auto found = measure(sender, {&node.program});
  how.found.add(
    "many_tables",
    grouped(static_cast<std::uint64_t>(tables))
      + " tables, a row each, then idle",
    {{"rows/s", found.rows_per_second()},
     {"KiB a table",
      kib_of_table(found.used[1].resident_mib - before, tables - before_all)},
     {"resident MiB", found.used[1].resident_mib}});
}

/// The samples' oldest ages at each quarter of the time.
values at_quarters(const nlohmann::json& samples) {
  auto result = values::array();
  for (std::size_t i = 1; i <= 4 && !samples.empty(); ++i)
    result.emplace_back(
      samples[std::max<std::size_t>(samples.size() * i / 4, 1) - 1][2]
        .get<double>());
  return result;
}

/// Tables that all hold rows, since the service is not that fast.
void keep_sending(run& how, int tables, std::vector<std::string> settings,
                  const std::string& what) {
  auto box = start_sandbox(how);
  set_faults(box, "latency=110ms");
  auto node = start_node(box.url, std::move(settings));
  constexpr auto rows = 5;
  auto time = how.pick(30'000ms, 2'000ms);
  auto sender = start_sender({"node=" + std::to_string(node.port), "by=blocks",
                              "rows=" + std::to_string(rows),
                              "tables=" + std::to_string(tables),
                              "ahead=" + std::to_string(2 * tables),
                              "milliseconds=" + std::to_string(time.count())});
  auto before = node.program.used().resident_mib;
  auto found = measure(sender, {&node.program});
  auto requests = books_of(box).requests;
  auto& samples = found.result["samples"];
  auto oldest = 0.0;
  for (auto& x : samples)
    oldest = std::max(oldest, x[2].get<double>());
  how.found.add(
    "many_tables",
    grouped(static_cast<std::uint64_t>(tables)) + " tables, 110 ms a request"
      + what,
    {{"rows/s", found.rows_per_second()},
     {"KiB a table", kib_of_table(found.used[1].peak_mib - before, tables)},
     {"resident MiB", found.used[1].peak_mib},
     {"requests/s", static_cast<double>(requests) / found.seconds},
     {"oldest row s", oldest},
     {"at each quarter", at_quarters(samples)}});
}

} // namespace

void many_tables(run& how) {
  auto tables = how.pick(10'000, 1'000);
  send_once(how, tables);
  keep_sending(how, tables, {}, "");
  keep_sending(how, tables, {"dispatch.max-in-flight=256"},
               ", up to 256 at once");
}

} // namespace bqs::bench
