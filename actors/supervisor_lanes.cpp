#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/streamer.hpp"
#include "actors/target.hpp"

namespace bqs {

using namespace internal;

namespace {

/// A block that was in hand at so many crashes is their cause.
constexpr std::uint32_t poisoned_at = 2;

/// While more tables are in trouble, the log tells of no changes: status does.
constexpr std::size_t most_told = 20;

} // namespace

supervisor_state::lane_record&
supervisor_state::route(const block& x, const std::string& table) {
  auto& ids = lanes_of[table];
  lane_record* best = nullptr;
  for (auto id : ids) {
    auto& lane = lanes[id];
    auto better = [&](const lane_record& y) {
      return lane.quarantined != y.quarantined ? y.quarantined
                                               : lane.bytes < y.bytes;
    };
    if (best == nullptr || better(*best))
      best = &lane;
  }
  auto busy = best != nullptr && (best->bytes > 0 || best->quarantined);
  if (best == nullptr
      || (busy && ids.size() < init.options.streamers_per_table))
    return open_lane(x, table);
  return *best;
}

supervisor_state::lane_record&
supervisor_state::open_lane(const block& x, const std::string& table) {
  auto id = ++last_lane;
  auto& lane = lanes[id];
  lane.id = id;
  lane.ref = x.table;
  lane.table = table;
  lane.options = {options, &options->of(x.table.dataset, x.table.table)};
  lane.to = make_target(resolved(x.table), lane.options->insert);
  lane.idle_since = self->clock().now();
  lane.paused = paused.covers(lane.ref);
  lanes_of[table].push_back(id);
  if (dispatcher)
    start_streamer(lane, false);
  return lane;
}

void supervisor_state::start_streamer(lane_record& x, bool uncertain) {
  x.entered = false;
  if (std::exchange(x.disowned, false)) {
    self->send(dispatcher, caf::delete_atom_v, x.id);
    uncertain = true;
  }
  if (uncertain) // for its successors, too
    x.suspected.insert(x.blocks.begin(), x.blocks.end());
  if (x.state == table_state::quarantined)
    set_condition(x, table_state::ok, {});
  x.notes = std::make_shared<streamer_notes>();
  streamer_init y{x.id, x.generation++, x.options,           x.notes,
                  self, dispatcher,     {x.state, x.reason}, x.paused};
  auto& sys = self->system();
  x.streamer = init.make_streamer ? init.make_streamer(sys, std::move(y))
                                  : sys.spawn(streamer, std::move(y));
  self->monitor(x.streamer);
  if (at != stage::running)
    self->send(x.streamer, caf::close_atom_v);
  // Its blocks come after what is in flight, which the dispatcher tells.
  self
    ->request(dispatcher, caf::infinite, caf::join_atom_v, x.id,
              x.generation - 1, x.table, x.to, x.streamer)
    .then(
      [this, id = x.id, generation = x.generation](caf::ok_atom) {
        auto i = lanes.find(id);
        if (i == lanes.end() || i->second.generation != generation
            || i->second.quarantined)
          return;
        i->second.entered = true;
        for (auto number : i->second.blocks)
          assign(i->second, number);
        if (std::exchange(i->second.flush_due, false))
          self->request(i->second.streamer, caf::infinite, caf::flush_atom_v)
            .then([](std::uint64_t) {}, [](caf::error&) {});
      },
      [](caf::error&) {
        // The dispatcher has ended: the next one gets all lanes anew.
      });
}

void supervisor_state::assign(lane_record& x, std::uint64_t number) {
  auto record = registry.held(number);
  auto rows = record->decided.missing(record->outcome.rows);
  if (!rows.empty())
    self->send(x.streamer, assignment{record->source, std::move(rows),
                                      x.suspected.contains(number)});
}

bool supervisor_state::is_heard(std::uint32_t lane) const {
  auto i = lanes.find(lane);
  return i != lanes.end() && i->second.streamer
         && i->second.streamer == self->current_sender();
}

void supervisor_state::handle_crash(lane_record& x) {
  x.streamer = nullptr;
  x.entered = false;
  x.suspected.merge(x.notes->doubtful);
  std::erase_if(x.suspected, [&x](auto y) { return !x.blocks.contains(y); });
  // A batch may name a block more than once: one crash counts once.
  for (auto number : std::set<std::uint64_t>{x.notes->in_hand.begin(),
                                             x.notes->in_hand.end()}) {
    auto i = placings.find(number);
    if (i != placings.end() && ++i->second.crashes >= poisoned_at) {
      x.disowned = true;
      give_up(
        number,
        {"poisoned", "two streamers crashed over the block", {}, 0, true});
    }
  }
  auto now = self->clock().now();
  auto& limit = init.options.restarts;
  x.restarts.push_back(now);
  std::erase_if(x.restarts,
                [&](auto when) { return when + limit.period <= now; });
  if (x.restarts.size() > limit.most)
    quarantine(x);
  else if (dispatcher)
    start_streamer(x, false);
}

void supervisor_state::set_condition(lane_record& x, table_state state,
                                     std::string reason) {
  x.state = state;
  x.reason = std::move(reason);
  note_state(x.table, x.ref);
}

void supervisor_state::note_state(const std::string& table,
                                  const table_ref& ref) {
  state_change worst{ref, table_state::ok, {}, {}};
  if (auto i = lanes_of.find(table); i != lanes_of.end())
    for (auto id : i->second)
      if (auto& lane = lanes.at(id); lane.state > worst.state) {
        worst.state = lane.state;
        worst.reason = lane.reason;
      }
  auto i = troubled.find(table);
  auto before = i == troubled.end() ? table_state::ok : i->second.state;
  if (before == worst.state
      && (before == table_state::ok || i->second.reason == worst.reason))
    return;
  if ((before == table_state::ok) != (worst.state == table_state::ok))
    self->send(gate, table_health{ref, worst.state == table_state::ok});
  worst.since = before == worst.state ? i->second.since : caf::make_timestamp();
  if (worst.state == table_state::ok)
    troubled.erase(i);
  else
    troubled[table] = worst;
  // Not the service's words: they may quote rows.
  if (before != worst.state && troubled.size() <= most_told)
    spdlog::warn("{} is {}", table, to_string(worst.state));
  if (collector_entered)
    self->send(collector, worst);
  else
    untold_states[table] = worst;
}

void supervisor_state::quarantine(lane_record& x) {
  x.quarantined = true;
  set_condition(x, table_state::quarantined, "its streamer crashed too often");
  spdlog::error("a lane of {} is quarantined: {}; its rows are held", x.table,
                x.reason);
  if (at == stage::abandoning)
    for (auto number : std::set<std::uint64_t>{x.blocks})
      give_up(number, {"shutdown",
                       "the node stopped before the row was stored",
                       {},
                       0,
                       true});
}

bool supervisor_state::is_of(const lane_record& x,
                             const table_ref& wanted) const {
  return names(wanted, x.ref, init.options.bigquery.project);
}

reply supervisor_state::pause_lanes(const caf::optional<table_ref>& table) {
  if (!paused.pause(table))
    return {reply_code::malformed, 0, "too many tables are paused one by one"};
  reply result;
  for (auto& [id, lane] : lanes) {
    if (lane.paused || !paused.covers(lane.ref))
      continue;
    lane.paused = true;
    result.rows += undecided_rows(lane);
    if (lane.streamer)
      self->send(lane.streamer, halt{true});
  }
  return result;
}

reply supervisor_state::resume_lanes(const caf::optional<table_ref>& table) {
  if (!paused.resume(table))
    return {reply_code::malformed, 0, "too many tables are resumed one by one"};
  reply result;
  for (auto& [id, lane] : lanes) {
    auto halted = lane.paused && !paused.covers(lane.ref);
    auto lifted = lane.quarantined && (!table || is_of(lane, *table));
    if (!halted && !lifted)
      continue;
    result.rows += undecided_rows(lane);
    lane.paused = lane.paused && !halted;
    if (lifted) {
      lane.quarantined = false;
      lane.restarts.clear();
      set_condition(lane, table_state::ok, {});
      if (dispatcher)
        start_streamer(lane, false);
    } else if (lane.streamer) {
      self->send(lane.streamer, halt{false});
    }
  }
  return result;
}

std::uint64_t supervisor_state::undecided_rows(const lane_record& x) {
  std::uint64_t result = 0;
  for (auto number : x.blocks) {
    auto record = registry.held(number);
    result += record->outcome.rows - record->decided.size();
  }
  return result;
}

void supervisor_state::retire_idle() {
  auto before = self->clock().now() - init.options.streamers_idle;
  std::erase_if(lanes, [&](auto& kvp) {
    auto& x = kvp.second;
    // A table that is paused stays, so that everybody sees it.
    if (!x.blocks.empty() || x.idle_since > before || !x.streamer || x.paused)
      return false;
    self->demonitor(x.streamer.address());
    self->send_exit(x.streamer, caf::exit_reason::user_shutdown);
    if (dispatcher)
      self->send(dispatcher, caf::delete_atom_v, x.id);
    auto i = lanes_of.find(x.table);
    std::erase(i->second, x.id);
    if (i->second.empty())
      lanes_of.erase(i);
    note_state(x.table, x.ref);
    return true;
  });
}

} // namespace bqs
