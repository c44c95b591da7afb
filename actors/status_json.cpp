#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/supervisor.hpp"

namespace bqs {

namespace {

nlohmann::ordered_json to_json(const table_ledger& x) {
  return {{"accepted", x.accepted},
          {"stored", x.stored},
          {"failed", x.failed},
          {"held", x.held},
          {"possibly_duplicated", x.possibly_duplicated}};
}

} // namespace

std::string supervisor_state::status_json() const {
  using json = nlohmann::ordered_json;
  auto uptime = self->clock().now() - started;
  json result;
  result["node"]
    = {{"version", BQS_VERSION},
       {"protocol", protocol},
       {"draining", at != stage::running},
       {"uptime_seconds",
        std::chrono::duration_cast<std::chrono::seconds>(uptime).count()}};
  result["total"] = to_json(books.total());
  auto& tables = result["tables"] = json::array();
  for (auto& [table, x] : books.tables()) {
    internal::lane_condition worst;
    auto i = lanes_of.find(table);
    auto count = i == lanes_of.end() ? 0 : i->second.size();
    if (count > 0)
      for (auto id : i->second)
        if (auto& y = lanes.at(id).condition; y.state > worst.state)
          worst = y;
    json line{{"table", table},
              {"state", to_string(worst.state)},
              {"reason", worst.reason}};
    line.update(to_json(x));
    line["lanes"] = count;
    tables.push_back(std::move(line));
  }
  result["budget"]
    = {{"used", init.room->used()}, {"limit", init.room->limit()}};
  auto& count = *init.count;
  result["refused"]
    = {{"overloaded", count.refused_overloaded.load()},
       {"draining", count.refused_draining.load()},
       {"malformed", count.refused_malformed.load()},
       {"conflict", count.refused_conflict.load()},
       {"block_too_large", count.refused_block_too_large.load()}};
  result["in_flight"] = count.in_flight.load();
  result["subscribers"] = count.subscribers.load();
  result["missed"] = count.missed.load();
  result["receipts_unsent"] = count.receipts_unsent.load();
  using handler = nlohmann::json::error_handler_t;
  return result.dump(-1, ' ', false, handler::replace);
}

} // namespace bqs
