#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace bqs {

using namespace internal;

namespace {

/// How long a drain waits for streamers to give up, and for acknowledgements.
constexpr auto last_words = 2s;

constexpr auto longest_drain = 24h;

} // namespace

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
  if (stage_number == 3) {
    // A disk that takes rows may take its time.
    std::pair progress{books.total().held, init.dead_letters->bytes.load()};
    if (progress != std::exchange(last_progress, progress))
      self->delayed_send(self, last_words, caf::timeout_atom_v,
                         std::uint32_t{3});
    else
      tell_rest();
    return;
  }
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
    if (init.make_dead_letters)
      self->delayed_send(self, last_words, caf::timeout_atom_v,
                         std::uint32_t{3});
  }
}

void supervisor_state::check_drained() {
  if (at == stage::running || at >= stage::telling
      || !registry.all_held().empty())
    return;
  tell_rest();
}

void supervisor_state::tell_rest() {
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
  // All that is held by now are failed rows that nobody was told.
  result.unwritten = result.total.held;
  if (result.unwritten > 0 && init.dead_letters)
    result.unwritten_reason = init.dead_letters->error();
  if (init.on_drained)
    init.on_drained(result);
}

} // namespace bqs
