#include "sandbox/ledger.hpp"

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

void ledger::count_rows(const std::string& table, std::uint64_t committed,
                        std::uint64_t deduplicated, std::uint64_t rejected) {
  std::lock_guard guard{mutex_};
  auto& x = tables_[table];
  x.committed += committed;
  x.deduplicated += deduplicated;
  x.rejected += rejected;
}

void ledger::count_request(const std::string& table, int status) {
  std::lock_guard guard{mutex_};
  ++tables_[table].requests[status];
}

void ledger::clear() {
  std::lock_guard guard{mutex_};
  tables_.clear();
}

std::map<std::string, table_counts> ledger::read() const {
  std::lock_guard guard{mutex_};
  return tables_;
}

std::string ledger::render() const {
  auto tables = nlohmann::ordered_json::object();
  for (auto& [name, x] : read()) {
    auto requests = nlohmann::ordered_json::object();
    for (auto [status, count] : x.requests)
      requests[status == 0 ? "reset" : std::to_string(status)] = count;
    tables[name] = {{"committed", x.committed},
                    {"deduplicated", x.deduplicated},
                    {"rejected", x.rejected},
                    {"requests", std::move(requests)}};
  }
  nlohmann::ordered_json body{{"tables", std::move(tables)}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace bqs::sandbox
