#include "app/node_status.hpp"

#include <map>

#include <nlohmann/json.hpp>

namespace bqs::app {

namespace {

using json = nlohmann::ordered_json;

std::uint64_t count(const json& x, const char* key) {
  return x.value(key, std::uint64_t{0});
}

table_ledger read_books(const json& x) {
  return {count(x, "accepted"), count(x, "stored"), count(x, "failed"),
          count(x, "held"), count(x, "possibly_duplicated")};
}

node_status read(const json& x) {
  node_status result;
  auto& node = x.at("node");
  result.version = node.value("version", "?");
  result.protocol = node.value("protocol", "?");
  result.uptime_seconds = count(node, "uptime_seconds");
  result.draining = node.value("draining", false);
  result.total = read_books(x.at("total"));
  for (auto& entry : x.at("tables"))
    result.tables.push_back(
      {entry.at("table").get<std::string>(), entry.value("state", ""),
       entry.value("reason", ""), entry.value("since", ""), read_books(entry),
       count(entry, "lanes")});
  result.budget_used = count(x.at("budget"), "used");
  result.budget_limit = count(x.at("budget"), "limit");
  for (auto& [why, number] : x.at("refused").items())
    result.refused.emplace_back(why, number.get<std::uint64_t>());
  result.in_flight = count(x, "in_flight");
  result.in_flight_limit = count(x, "in_flight_limit");
  result.subscribers = count(x, "subscribers");
  result.missed = count(x, "missed");
  result.receipts_unsent = count(x, "receipts_unsent");
  if (auto i = x.find("restarts"); i != x.end())
    for (auto& [kind, number] : i->items())
      result.restarts.emplace_back(kind, number.get<std::uint64_t>());
  if (auto i = x.find("paused"); i != x.end()) {
    result.paused_all = i->value("all", false);
    result.pause_exceptions
      = i->value("exceptions", std::vector<std::string>{});
  }
  if (auto i = x.find("dead_letters"); i != x.end())
    result.dead_letters
      = {i->value("directory", ""), count(*i, "written"),
         count(*i, "waiting"),      count(*i, "bytes"),
         count(*i, "limit"),        count(*i, "dropped_files"),
         i->value("error", "")};
  return result;
}

row_rates rates_of(const table_ledger& before, const table_ledger& after,
                   double seconds) {
  auto rate = [seconds](std::uint64_t from, std::uint64_t to) {
    return to > from && seconds > 0 ? static_cast<double>(to - from) / seconds
                                    : 0.0;
  };
  return {rate(before.stored, after.stored), rate(before.failed, after.failed)};
}

} // namespace

std::variant<node_status, std::string> read_status(std::string_view text) {
  const std::string wrong = "the node's status is not understood: ";
  // The parser's own words would quote it.
  auto x = json::parse(text, nullptr, false);
  if (x.is_discarded())
    return wrong + "it is not JSON";
  try {
    return read(x);
  } catch (const json::exception&) {
    return wrong + "a field is missing or of another type";
  }
}

status_rates rates_between(const node_status& before, const node_status& after,
                           double seconds) {
  std::map<std::string_view, const table_ledger*> earlier;
  const table_ledger none;
  auto restarted = after.uptime_seconds < before.uptime_seconds;
  if (!restarted)
    for (auto& x : before.tables)
      earlier.emplace(x.table, &x.books);
  status_rates result;
  result.total
    = rates_of(restarted ? none : before.total, after.total, seconds);
  for (auto& x : after.tables) {
    auto i = earlier.find(x.table);
    result.tables.push_back(
      rates_of(i == earlier.end() ? none : *i->second, x.books, seconds));
  }
  return result;
}

} // namespace bqs::app
