#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <spdlog/spdlog.h>

#include "actors/dispatcher.hpp"
#include "actors/error_collector.hpp"
#include "actors/target.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

/// How often receipts age, lanes retire and dead children start again.
constexpr auto tick = 1s;

} // namespace

supervisor_state::supervisor_state(pointer self_ptr)
  : self(self_ptr), started(self_ptr->clock().now()) {
  // nop
}

// -- children -----------------------------------------------------------------

void supervisor_state::start_collector() {
  collector = self->system().spawn(
    error_collector,
    error_collector_init{gate, init.options.failures_window,
                         init.options.failures_keep,
                         init.options.failures_keep_bytes, init.count,
                         init.options.bigquery.project});
  self->monitor(collector);
  // Those who joined an earlier one come first, then what they were not told.
  self->request(gate, caf::infinite, collector_up{collector})
    .then(
      [this, who = collector](caf::ok_atom) {
        if (collector != who)
          return;
        collector_entered = true;
        for (auto& [table, state] : troubled)
          self->send(collector, state);
        for (auto& [table, state] : std::exchange(untold_states, {}))
          if (state.state == table_state::ok)
            self->send(collector, state);
        for (auto i = losses.begin(); i != losses.end();) {
          auto& [number, x] = *i++; // it may be settled at once
          if (x.written)
            send_losses(number);
        }
      },
      [](caf::error&) {
        // The gate has ended, and with it the node.
      });
}

void supervisor_state::start_dead_letters() {
  dead_letters = init.make_dead_letters(self->system());
  self->monitor(dead_letters);
  for (auto& [number, x] : losses)
    if (!x.written)
      write_losses(number);
}

void supervisor_state::start_tokens() {
  tokens = init.make_tokens(self->system());
  self->monitor(tokens);
}

void supervisor_state::start_dispatcher() {
  auto& sys = self->system();
  dispatcher_init x;
  x.max_in_flight = init.options.max_in_flight;
  x.start_in_flight = init.options.start_in_flight;
  x.retry_tokens = init.options.retry_tokens;
  x.probe_waits
    = {init.options.defaults.retry.base, init.options.defaults.retry.cap};
  x.worker_timeout = longest_token_wait + init.options.bigquery.timeout + 60s;
  x.make_worker
    = [make = init.make_worker, &sys, t = tokens] { return make(sys, t); };
  x.count = init.count;
  dispatcher = sys.spawn(bqs::dispatcher, std::move(x));
  self->monitor(dispatcher);
  // Streamers know the dispatcher that they were born with.
  for (auto& [id, lane] : lanes)
    if (lane.quarantined) { // for when it is lifted
      lane.suspected.insert(lane.blocks.begin(), lane.blocks.end());
    } else {
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
  if (!dead_letters && init.make_dead_letters)
    start_dead_letters();
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
  auto gone = [&](const char* what, std::atomic<std::uint64_t>& restarted) {
    ++restarted;
    spdlog::error("the {} ended ({}); it starts again", what,
                  to_string(x.reason));
  };
  if (collector == x.source) {
    gone("error collector", init.count->restarted_collector);
    collector = nullptr; // the next tick starts it again: not in a hot loop
    collector_entered = false;
  } else if (dead_letters == x.source) {
    gone("writer of dead letters", init.count->restarted_dead_letters);
    dead_letters = nullptr;
  } else if (tokens == x.source) {
    gone("token actor", init.count->restarted_tokens);
    tokens = nullptr;
  } else if (dispatcher == x.source) {
    gone("dispatcher", init.count->restarted_dispatcher);
    dispatcher = nullptr;
  } else {
    for (auto& [id, lane] : lanes)
      if (lane.streamer == x.source) {
        ++init.count->restarted_streamers;
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
  if (dead_letters)
    self->send_exit(dead_letters, caf::exit_reason::user_shutdown);
  self->quit(reason);
}

// -- names
// ---------------------------------------------------------------------

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
  auto waiting = false;
  for (auto& [id, lane] : lanes) {
    if (table && !is_of(lane, *table))
      continue;
    waiting
      = waiting || (!lane.blocks.empty() && lane.state != table_state::ok);
    if (lane.quarantined)
      continue;
    if (lane.entered) {
      self->request(lane.streamer, caf::infinite, caf::flush_atom_v)
        .then([all](std::uint64_t rows) { all->answer.rows += rows; },
              [all](caf::error&) {
                // The streamer has ended: its successor counts them as new.
              });
    } else { // its streamer has no rows yet
      lane.flush_due = true;
      if (!lane.paused)
        all->answer.rows += undecided_rows(lane);
    }
  }
  if (waiting)
    all->answer.text = "rows of tables that are not ok wait on";
  return promise;
}

supervisor_actor::behavior_type supervisor(supervisor_state::pointer self,
                                           supervisor_init init) {
  auto& state = self->state;
  state.registry = block_registry{init.options.receipts_keep,
                                  init.options.receipts_keep_for};
  state.init = std::move(init);
  state.options = std::make_shared<node_options>(state.init.options);
  state.paused = pause_rules{state.init.options.bigquery.project};
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
    [&state](decisions& x) {
      if (state.is_heard(x.lane))
        state.settle(std::move(x.items));
    },
    [&state](const lane_condition& x) {
      if (state.is_heard(x.lane))
        state.set_condition(state.lanes[x.lane], x.state, x.reason);
    },
    [&state](const flush& x) { return state.flush_lanes(x.table); },
    [&state](const pause& x) { return state.pause_lanes(x.table); },
    [&state](const resume& x) { return state.resume_lanes(x.table); },
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
