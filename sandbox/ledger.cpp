#include "sandbox/ledger.hpp"

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

// Anybody may name tables that do not exist.
constexpr std::size_t most_names = 100'000;

template <class Key>
void add(std::map<Key, std::uint64_t>& to,
         const std::map<Key, std::uint64_t>& from) {
  for (auto& [key, count] : from)
    to[key] += count;
}

json show(const table_counts& x) {
  auto requests = json::object();
  for (auto [status, count] : x.requests)
    requests[status == 0 ? "reset" : std::to_string(status)] = count;
  return {{"committed", x.committed},
          {"deduplicated", x.deduplicated},
          {"rejected", x.rejected},
          {"lost", x.lost},
          {"bytes", x.bytes},
          {"rejectedByReason", x.rejected_by_reason},
          {"requests", std::move(requests)},
          {"outcomes", x.outcomes}};
}

} // namespace

void ledger::count_rows(const std::string& table, const table_counts& x) {
  std::lock_guard guard{mutex_};
  auto& to = counts_of(table);
  to.committed += x.committed;
  to.deduplicated += x.deduplicated;
  to.rejected += x.rejected;
  to.lost += x.lost;
  to.bytes += x.bytes;
  add(to.rejected_by_reason, x.rejected_by_reason);
}

void ledger::count_request(const std::string& table, int status,
                           const std::string& outcome) {
  std::lock_guard guard{mutex_};
  auto& to = counts_of(table);
  ++to.requests[status];
  ++to.outcomes[outcome];
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
  auto tables = json::object();
  for (auto& [name, x] : read())
    tables[name] = show(x);
  json body{{"tables", std::move(tables)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

table_counts& ledger::counts_of(const std::string& table) {
  auto known = tables_.find(table);
  if (known != tables_.end())
    return known->second;
  return tables_[tables_.size() < most_names ? table : "(others)"];
}

} // namespace bqs::sandbox
