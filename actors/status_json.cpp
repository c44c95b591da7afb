#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/supervisor.hpp"
#include "http/rfc3339.hpp"

namespace bqs {

namespace {

nlohmann::ordered_json to_json(const table_ledger& x) {
  return {{"accepted", x.accepted},
          {"stored", x.stored},
          {"failed", x.failed},
          {"held", x.held},
          {"possibly_duplicated", x.possibly_duplicated}};
}

std::string to_string(caf::timestamp x) {
  using namespace std::chrono;
  return http::to_rfc3339(time_point_cast<microseconds>(x));
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
    auto state = troubled.find(table);
    auto well = state == troubled.end();
    auto lanes_here = lanes_of.find(table);
    json line{
      {"table", table},
      {"state", to_string(well ? table_state::ok : state->second.state)},
      {"reason", well ? std::string{} : state->second.reason},
      {"since", well ? std::string{} : to_string(state->second.since)}};
    line.update(to_json(x));
    line["lanes"]
      = lanes_here == lanes_of.end() ? 0 : lanes_here->second.size();
    tables.push_back(std::move(line));
  }
  json exceptions = json::array();
  for (auto& x : paused.exceptions())
    exceptions.push_back(to_string(x));
  result["paused"]
    = {{"all", paused.all()}, {"exceptions", std::move(exceptions)}};
  auto& count = *init.count;
  result["budget"] = {{"used", init.room->used()},
                      {"limit", init.room->limit()},
                      {"over_share", count.refused_share.load()}};
  result["refused"]
    = {{"overloaded", count.refused_overloaded.load()},
       {"draining", count.refused_draining.load()},
       {"malformed", count.refused_malformed.load()},
       {"conflict", count.refused_conflict.load()},
       {"block_too_large", count.refused_block_too_large.load()}};
  result["turned_away"] = {{"peers", count.refused_peers.load()},
                           {"operators", count.denied.load()}};
  result["restarts"] = {{"streamers", count.restarted_streamers.load()},
                        {"http", count.restarted_http.load()},
                        {"dispatcher", count.restarted_dispatcher.load()},
                        {"tokens", count.restarted_tokens.load()},
                        {"collector", count.restarted_collector.load()},
                        {"dead_letters", count.restarted_dead_letters.load()}};
  result["in_flight"] = count.in_flight.load();
  result["in_flight_limit"] = count.in_flight_limit.load();
  result["subscribers"] = count.subscribers.load();
  result["missed"] = count.missed.load();
  result["receipts_unsent"] = count.receipts_unsent.load();
  if (init.dead_letters) {
    auto& x = *init.dead_letters;
    auto& to = init.options.dead_letters;
    result["dead_letters"]
      = {{"directory", to.directory}, {"written", x.written.load()},
         {"waiting", unwritten},      {"bytes", x.bytes.load()},
         {"limit", to.max_bytes},     {"dropped_files", x.dropped_files.load()},
         {"error", x.error()}};
  }
  using handler = nlohmann::json::error_handler_t;
  return result.dump(-1, ' ', false, handler::replace);
}

} // namespace bqs
