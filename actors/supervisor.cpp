#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <spdlog/spdlog.h>

#include "actors/dispatcher.hpp"
#include "actors/error_collector.hpp"
#include "actors/stray_errors.hpp"
#include "actors/target.hpp"

namespace bqs {

using namespace internal;

namespace {

/// How often receipts age, lanes retire and dead children start again.
constexpr auto tick = 1s;

/// How long a drain waits for streamers to give up, and for acknowledgements.
constexpr auto last_words = 2s;

constexpr auto longest_drain = 24h;

/// A block that was in hand at so many crashes is their cause.
constexpr std::uint32_t poisoned_at = 2;

} // namespace

supervisor_state::supervisor_state(pointer self_ptr)
  : self(self_ptr), started(self_ptr->clock().now()) {
  // nop
}

// -- children -----------------------------------------------------------------

void supervisor_state::start_collector() {
  collector = self->system().spawn(
    error_collector,
    error_collector_init{gate, init.options.subscriber_window, init.count,
                         init.options.bigquery.project});
  self->monitor(collector);
  // Those who joined an earlier one come first, then what they were not told.
  self->request(gate, caf::infinite, collector_up{collector})
    .then(
      [this, who = collector](caf::ok_atom) {
        if (collector != who)
          return;
        collector_entered = true;
        for (auto& [number, items] : losses)
          send_losses(number);
      },
      [](caf::error&) {
        // The gate has ended, and with it the node.
      });
}

void supervisor_state::start_tokens() {
  tokens = init.make_tokens(self->system());
  self->monitor(tokens);
}

void supervisor_state::start_dispatcher() {
  auto& sys = self->system();
  dispatcher_init x;
  x.max_in_flight = init.options.max_in_flight;
  x.worker_timeout = init.options.bigquery.timeout + 60s;
  x.make_worker
    = [make = init.make_worker, &sys, t = tokens] { return make(sys, t); };
  x.count = init.count;
  dispatcher = sys.spawn(bqs::dispatcher, std::move(x));
  self->monitor(dispatcher);
  // Streamers know the dispatcher that they were born with.
  for (auto& [id, lane] : lanes)
    if (!lane.quarantined) {
      if (lane.streamer) {
        self->demonitor(lane.streamer.address());
        self->send_exit(lane.streamer, caf::exit_reason::kill);
      }
      start_streamer(lane, true);
    }
}

void supervisor_state::mend() {
  if (!gate || at >= stage::telling)
    return;
  if (!collector)
    start_collector();
  if (!tokens) {
    start_tokens();
    if (dispatcher) { // its http actors know the old one
      self->demonitor(dispatcher.address());
      self->send_exit(dispatcher, caf::exit_reason::kill);
      dispatcher = nullptr;
    }
  }
  if (!dispatcher)
    start_dispatcher();
}

void supervisor_state::handle_down(const caf::down_msg& x) {
  auto gone = [&](const char* what) {
    spdlog::error("the {} ended ({}); it starts again", what,
                  to_string(x.reason));
  };
  if (collector == x.source) {
    gone("error collector");
    collector = nullptr; // the next tick starts it again: not in a hot loop
    collector_entered = false;
  } else if (tokens == x.source) {
    gone("token actor");
    tokens = nullptr;
  } else if (dispatcher == x.source) {
    gone("dispatcher");
    dispatcher = nullptr;
  } else {
    for (auto& [id, lane] : lanes)
      if (lane.streamer == x.source) {
        spdlog::error("a streamer of {} ended ({})", lane.table,
                      to_string(x.reason));
        handle_crash(lane);
        return;
      }
  }
}

void supervisor_state::stop_all(const caf::error& reason) {
  for (auto& [id, lane] : lanes)
    if (lane.streamer)
      self->send_exit(lane.streamer, caf::exit_reason::user_shutdown);
  if (dispatcher)
    self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  if (tokens)
    self->send_exit(tokens, caf::exit_reason::user_shutdown);
  if (collector)
    self->send_exit(collector, caf::exit_reason::user_shutdown);
  self->quit(reason);
}

// -- lanes --------------------------------------------------------------------

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
  auto busy = best == nullptr || best->bytes > 0 || best->quarantined;
  if (busy && ids.size() < init.options.streamers_per_table)
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
  lane.options = &init.options.of(x.table.dataset, x.table.table);
  lane.to = make_target(resolved(x.table), lane.options->insert);
  lane.condition.lane = id;
  lane.idle_since = self->clock().now();
  lanes_of[table].push_back(id);
  if (dispatcher)
    start_streamer(lane, false);
  return lane;
}

void supervisor_state::start_streamer(lane_record& x, bool uncertain) {
  x.entered = false;
  x.condition = {x.id, table_state::ok, {}};
  x.in_hand = std::make_shared<in_hand>();
  x.doubtful = std::make_shared<doubtful>();
  streamer_init y{x.id, x.generation++, *x.options, x.in_hand,
                  self, dispatcher,     x.doubtful};
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
      [this, id = x.id, generation = x.generation, uncertain](caf::ok_atom) {
        auto i = lanes.find(id);
        if (i == lanes.end() || i->second.generation != generation
            || i->second.quarantined)
          return;
        i->second.entered = true;
        for (auto number : i->second.blocks)
          assign(i->second, number, uncertain);
        if (std::exchange(i->second.flush_due, false))
          self->request(i->second.streamer, caf::infinite, caf::flush_atom_v)
            .then([](std::uint64_t) {}, [](caf::error&) {});
      },
      [](caf::error&) {
        // The dispatcher has ended: the next one gets all lanes anew.
      });
}

void supervisor_state::assign(lane_record& x, std::uint64_t number,
                              bool uncertain) {
  auto record = registry.held(number);
  auto rows = record->decided.missing(record->outcome.rows);
  if (!rows.empty())
    self->send(x.streamer,
               assignment{record->source, std::move(rows),
                          uncertain || x.suspected.contains(number)});
}

void supervisor_state::handle_crash(lane_record& x) {
  x.streamer = nullptr;
  x.entered = false;
  x.suspected.merge(*x.doubtful);
  std::erase_if(x.suspected, [&x](auto y) { return !x.blocks.contains(y); });
  // A batch may name a block more than once: one crash counts once.
  for (auto number :
       std::set<std::uint64_t>{x.in_hand->begin(), x.in_hand->end()}) {
    auto i = placings.find(number);
    if (i != placings.end() && ++i->second.crashes >= poisoned_at)
      give_up(
        number,
        {"poisoned", "two streamers crashed over the block", {}, 0, true});
  }
  auto now = self->clock().now();
  auto& limit = init.options.restarts;
  x.restarts.push_back(now);
  while (x.restarts.front() + limit.period <= now)
    x.restarts.pop_front();
  if (x.restarts.size() > limit.most)
    quarantine(x);
  else if (dispatcher)
    start_streamer(x, false);
}

void supervisor_state::quarantine(lane_record& x) {
  x.quarantined = true;
  x.condition.state = table_state::quarantined;
  x.condition.reason = "its streamer crashed too often";
  spdlog::error("a lane of {} is quarantined: {}; its rows are held", x.table,
                x.condition.reason);
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

std::uint64_t
supervisor_state::lift_quarantine(const caf::optional<table_ref>& table) {
  std::uint64_t rows = 0;
  for (auto& [id, lane] : lanes) {
    if (!lane.quarantined || (table && !is_of(lane, *table)))
      continue;
    lane.quarantined = false;
    lane.restarts.clear();
    lane.condition = {id, table_state::ok, {}};
    rows += undecided_rows(lane);
    if (dispatcher)
      start_streamer(lane, false);
  }
  return rows;
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
    if (!x.blocks.empty() || x.idle_since > before || !x.streamer)
      return false;
    self->demonitor(x.streamer.address());
    self->send_exit(x.streamer, caf::exit_reason::user_shutdown);
    if (dispatcher)
      self->send(dispatcher, caf::delete_atom_v, x.id);
    auto i = lanes_of.find(x.table);
    std::erase(i->second, x.id);
    if (i->second.empty())
      lanes_of.erase(i);
    return true;
  });
}

// -- rows ---------------------------------------------------------------------

admission supervisor_state::admit(const offer& x) {
  auto& b = x.rows;
  admission answer;
  answer.stream = b.stream;
  answer.first = b.first;
  answer.rows = b.rows();
  auto found = registry.find({b.stream, b.first, b.rows(), b.table});
  switch (found.how) {
    case block_registry::relation::conflict:
      answer.code = admission_code::conflict;
      answer.text = "overlaps another block of the same stream";
      return answer;
    case block_registry::relation::held:
      placings[found.number].sender = x.sender; // it has moved, or asked twice
      return answer;
    case block_registry::relation::settled:
      self->send(gate, delivery{x.sender, found.outcome});
      return answer;
    case block_registry::relation::fresh:
      break;
  }
  auto held = std::make_shared<held_block>();
  held->number = ++last_block;
  held->rows = b;
  held->admitted = self->clock().now();
  held->reserved = std::move(*x.reserved);
  registry.admit(held);
  auto table = display_name(b.table);
  books.accept(table, b.rows());
  auto& lane = route(b, table);
  lane.blocks.insert(held->number);
  lane.bytes += held->reserved.bytes();
  placings[held->number] = {lane.id, table, x.sender, 0};
  if (lane.entered) // else: its streamer gets all of them when it is
    assign(lane, held->number, false);
  return answer;
}

standing supervisor_state::tell(const inquiry& x) {
  auto found = registry.find(x.about);
  standing answer;
  if (found.how == block_registry::relation::held) {
    answer.code = standing_code::held;
    placings[found.number].sender = x.sender;
  } else if (found.how == block_registry::relation::settled) {
    answer.code = standing_code::settled;
    answer.receipt = *found.outcome;
  }
  return answer;
}

void supervisor_state::settle(std::vector<decision> xs) {
  std::vector<decision> failed;
  std::set<std::uint64_t> touched;
  for (auto& x : xs) {
    auto number = x.source->number;
    for (auto& rows : registry.decide(number, x.rows)) {
      if (x.stored) {
        registry.store(*registry.held(number), rows, x.possibly_duplicated);
        books.store(placings[number].table, rows.size(),
                    x.possibly_duplicated ? rows.size() : 0);
        touched.insert(number);
      } else {
        auto y = x;
        y.rows = rows;
        failed.push_back(std::move(y));
      }
    }
  }
  for (auto number : touched)
    close(number);
  collect(std::move(failed));
}

void supervisor_state::give_up(std::uint64_t number, failure_reason why) {
  auto record = registry.held(number);
  if (record == nullptr)
    return;
  std::vector<decision> xs;
  for (auto& rows : record->decided.missing(record->outcome.rows))
    xs.push_back({record->source, rows, false, why, false, 0});
  settle(std::move(xs));
}

void supervisor_state::expire_quarantined() {
  auto now = self->clock().now();
  for (auto& [id, lane] : lanes)
    if (lane.quarantined)
      for (auto number : std::set<std::uint64_t>{lane.blocks}) {
        auto admitted = registry.held(number)->source->admitted;
        if (now - admitted >= lane.options->retry.max_age)
          give_up(number, {"expired", lane.condition.reason, {}, 0, true});
      }
}

void supervisor_state::collect(std::vector<decision> xs) {
  if (xs.empty())
    return;
  auto number = ++last_losses;
  losses.emplace(number, std::move(xs));
  if (collector_entered)
    send_losses(number);
}

void supervisor_state::send_losses(std::uint64_t number) {
  self
    ->request(collector, caf::infinite,
              internal::losses{number, losses[number]})
    .then([this](std::uint64_t done) { settle_losses(done); },
          [](caf::error&) {
            // It has ended: the next one gets them again.
          });
}

void supervisor_state::settle_losses(std::uint64_t number) {
  auto i = losses.find(number);
  if (i == losses.end())
    return;
  auto xs = std::move(i->second);
  losses.erase(i);
  std::set<std::uint64_t> touched;
  for (auto& x : xs) {
    auto block = x.source->number;
    auto& table = placings[block].table;
    registry.fail(*registry.held(block), x.rows, x.why);
    books.fail(table, x.rows.size());
    if (x.why.reason == "shutdown")
      shut_down[table] += x.rows.size();
    touched.insert(block);
  }
  for (auto block : touched)
    close(block);
}

void supervisor_state::close(std::uint64_t block) {
  auto now = self->clock().now();
  auto bytes = registry.held(block)->source->reserved.bytes();
  auto receipt = registry.close(block, now);
  if (!receipt)
    return;
  auto i = placings.find(block);
  auto& lane = lanes[i->second.lane];
  lane.blocks.erase(block);
  lane.suspected.erase(block);
  lane.bytes -= bytes;
  lane.idle_since = now;
  if (i->second.sender)
    self->send(gate, delivery{i->second.sender, std::move(receipt)});
  placings.erase(i);
  check_drained();
}

// -- operation ----------------------------------------------------------------

table_ref supervisor_state::resolved(const table_ref& x) const {
  auto result = x;
  if (result.project.empty())
    result.project = init.options.bigquery.project;
  return result;
}

std::string supervisor_state::display_name(const table_ref& x) const {
  auto result = x;
  if (result.project == init.options.bigquery.project)
    result.project.clear();
  return to_string(result);
}

caf::result<reply>
supervisor_state::flush_lanes(const caf::optional<table_ref>& table) {
  auto promise = self->make_response_promise<reply>();
  struct sum {
    caf::typed_response_promise<reply> promise;
    reply answer;

    ~sum() {
      promise.deliver(std::move(answer));
    }
  };
  auto all = std::make_shared<sum>();
  all->promise = promise;
  for (auto& [id, lane] : lanes) {
    if (lane.quarantined || (table && !is_of(lane, *table)))
      continue;
    if (lane.entered) {
      self->request(lane.streamer, caf::infinite, caf::flush_atom_v)
        .then([all](std::uint64_t rows) { all->answer.rows += rows; },
              [all](caf::error&) {
                // The streamer has ended: its successor counts them as new.
              });
    } else { // its streamer has no rows yet
      lane.flush_due = true;
      all->answer.rows += undecided_rows(lane);
    }
  }
  return promise;
}

reply supervisor_state::begin_drain(
  const caf::optional<caf::timespan>& timeout) {
  if (at != stage::running)
    return {reply_code::ok, 0, "draining already"};
  at = stage::draining;
  for (auto& [id, lane] : lanes)
    if (lane.streamer)
      self->send(lane.streamer, caf::close_atom_v);
  // A peer may ask for anything; for ever is a day.
  auto wait = timeout ? std::clamp(*timeout, caf::timespan{0},
                                   caf::timespan{longest_drain})
                      : caf::timespan{init.options.drain_timeout};
  self->delayed_send(self, wait, caf::timeout_atom_v, std::uint32_t{1});
  check_drained();
  return {};
}

void supervisor_state::time_is_up(std::uint32_t stage_number) {
  if (at >= stage::telling)
    return;
  failure_reason why{
    "shutdown", "the node stopped before the row was stored", {}, 0, true};
  at = stage::abandoning;
  if (stage_number == 1) {
    // The streamers know which rows may be stored all the same.
    for (auto& [id, lane] : lanes) {
      if (lane.streamer)
        self->send(lane.streamer, caf::delete_atom_v);
      else
        for (auto number : std::set<std::uint64_t>{lane.blocks})
          give_up(number, why);
    }
    self->delayed_send(self, last_words, caf::timeout_atom_v, std::uint32_t{2});
  } else {
    std::vector<std::uint64_t> left;
    for (auto& [number, record] : registry.all_held())
      left.push_back(number);
    for (auto number : left)
      give_up(number, why);
  }
}

void supervisor_state::check_drained() {
  if (at == stage::running || at >= stage::telling
      || !registry.all_held().empty())
    return;
  at = stage::telling;
  untold = 2;
  auto told = [this] {
    if (--untold == 0)
      report();
  };
  auto done = [told](caf::ok_atom) { told(); };
  auto silent = [told](caf::error&) { told(); };
  self->request(gate, last_words, finish{}).then(done, silent);
  if (collector)
    self->request(collector, last_words, finish{}).then(done, silent);
  else
    told();
}

void supervisor_state::report() {
  at = stage::ended;
  // From now on there is nothing to restart: gate and supervisor stay to
  // answer those who ask.
  for (auto& [id, lane] : lanes)
    if (lane.streamer) {
      self->demonitor(lane.streamer.address());
      self->send_exit(lane.streamer, caf::exit_reason::user_shutdown);
    }
  lanes.clear();
  lanes_of.clear();
  drain_report result;
  for (auto& [table, x] : books.tables()) {
    result.tables.push_back({table, x, shut_down[table]});
    result.shut_down += shut_down[table];
  }
  result.total = books.total();
  if (init.on_drained)
    init.on_drained(result);
}

supervisor_actor::behavior_type supervisor(supervisor_state::pointer self,
                                           supervisor_init init) {
  auto& state = self->state;
  state.registry = block_registry{init.options.receipts_keep,
                                  init.options.receipts_keep_for};
  state.init = std::move(init);
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg& x) { state.handle_down(x); });
  self->set_exit_handler(
    [&state](caf::exit_msg& x) { state.stop_all(x.reason); });
  self->delayed_send(self, tick, caf::tick_atom_v);
  return {
    [&state](gate_actor& x) {
      state.gate = std::move(x);
      state.mend();
    },
    [&state](const offer& x) { return state.admit(x); },
    [&state](const inquiry& x) { return state.tell(x); },
    [&state](decisions& x) { state.settle(std::move(x.items)); },
    [&state](const lane_condition& x) {
      auto i = state.lanes.find(x.lane);
      if (i != state.lanes.end() && !i->second.quarantined)
        i->second.condition = x;
    },
    [&state](const flush& x) { return state.flush_lanes(x.table); },
    [&state](const resume& x) {
      return reply{reply_code::ok, state.lift_quarantine(x.table), {}};
    },
    [&state](const drain& x) { return state.begin_drain(x.timeout); },
    [&state](const get_status&) { return status{state.status_json()}; },
    [&state](caf::tick_atom) {
      state.registry.forget(state.self->clock().now());
      state.expire_quarantined();
      state.retire_idle();
      state.mend();
      state.self->delayed_send(state.self, tick, caf::tick_atom_v);
    },
    [&state](caf::timeout_atom, std::uint32_t number) {
      state.time_is_up(number);
    },
  };
}

} // namespace bqs
