#include "app/replay_options.hpp"

#include <algorithm>

#include "app/value.hpp"
#include "bqstreamer/peer_address.hpp"

namespace bqs::app {

namespace {

std::string check_node(const replay_options& x) {
  if (x.dry_run && x.node.empty())
    return {};
  if (x.node.empty())
    return "--to must be HOST:PORT of a node, unless there is --dry-run";
  auto where = parse_peer(x.node);
  auto why = std::get_if<std::string>(&where);
  return why ? "--to: " + *why : std::string{};
}

} // namespace

bool replay_filter::passes(const dead_letter& x) const {
  if (since && x.time < *since)
    return false;
  if (!reasons.empty()
      && std::ranges::find(reasons, x.why.reason) == reasons.end())
    return false;
  if (!table)
    return true;
  auto wanted = *table;
  if (wanted.project.empty())
    wanted.project = x.table.project;
  return names(wanted, x.table, {});
}

std::variant<replay_filter, std::string> check(const replay_options& x) {
  if (auto why = check_node(x); !why.empty())
    return why;
  if (x.files.empty())
    return "FILE: there is none; - is standard input";
  if (std::ranges::count(x.files, "-") > 1)
    return "- is given twice; standard input can be read once";
  if (!patience_of(x))
    return "--give-up must be a time such as 500ms, 30s or 5min, not "
           + x.give_up;
  replay_filter result;
  result.reasons = x.reasons;
  if (!x.table.empty() && !(result.table = parse_table(x.table)))
    return "--table must be DATASET.TABLE, not " + x.table;
  if (!x.since.empty() && !(result.since = http::parse_rfc3339(x.since)))
    return "--since must be a date such as 2026-01-31, or a time such as "
           "2026-01-31T12:00:00Z, not "
           + x.since;
  return result;
}

std::optional<std::chrono::milliseconds> patience_of(const replay_options& x) {
  if (!x.give_up.empty())
    return parse_duration(x.give_up);
  return std::chrono::milliseconds{30'000};
}

} // namespace bqs::app
