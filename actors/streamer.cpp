#include "actors/streamer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/crash_place.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

/// So few blocks in doubt are not looked through.
constexpr std::size_t least_trimmed = 1000;

/// Decisions that are told at once. So the receipts of the first of many small
/// blocks are on their way before the last is settled. Failed rows stay
/// together, for whoever writes them down.
constexpr std::ptrdiff_t most_told = 64;

} // namespace

streamer_state::streamer_state(pointer self_ptr)
  : self(self_ptr), dice(std::random_device{}()) {
  // nop
}

void streamer_state::assign(const assignment& x) {
  auto& in_hand = init.notes->in_hand;
  in_hand.assign(1, x.source->number);
  auto now = self->clock().now();
  for (auto& rows : x.rows)
    mind->add(x.source, rows, now, x.uncertain);
  act();
  in_hand.clear();
}

void streamer_state::take_turn(const turn& x) {
  auto now = self->clock().now();
  auto rows = mind->cut(now, decided, x.probe_only);
  turn_due = mind->ready(now);
  self->send(init.dispatcher, submission{init.lane, init.generation, x.number,
                                         std::move(rows), turn_due});
  act();
}

void streamer_state::settle(const batch_result& x) {
  auto& [in_hand, doubtful] = *init.notes;
  if (auto sent = mind->in_flight(x.number))
    for (auto& y : sent->slices)
      if (in_hand.empty() || in_hand.back() != y.source->number)
        in_hand.push_back(y.source->number);
  if (x.outcome.uncertain)
    doubtful.insert(in_hand.begin(), in_hand.end());
  auto point = std::uniform_real_distribution<>{}(dice);
  mind->settle(x, self->clock().now(), point, decided);
  trim_doubtful();
  act();
  in_hand.clear();
}

void streamer_state::trim_doubtful() {
  auto& doubtful = init.notes->doubtful;
  if (doubtful.size() < trim_at)
    return;
  auto left = mind->blocks();
  std::erase_if(doubtful, [&](auto x) { return !left.contains(x); });
  trim_at = std::max(least_trimmed, 2 * doubtful.size());
}

void streamer_state::tell_decided() {
  auto all = std::exchange(decided, {}); // also its memory
  auto piece = std::ssize(all);
  if (piece > most_told && std::ranges::all_of(all, &decision::stored))
    piece = most_told;
  for (auto i = all.begin(); i != all.end();) {
    auto end = i + std::min(piece, all.end() - i);
    self->send(init.supervisor, decisions{init.lane,
                                          {std::make_move_iterator(i),
                                           std::make_move_iterator(end)}});
    i = end;
  }
}

void streamer_state::act() {
  auto now = self->clock().now();
  mind->expire(now, decided);
  tell_decided();
  if (init.condition != mind->state()) {
    init.condition = mind->state();
    self->send(init.supervisor, lane_condition{init.lane, init.condition.state,
                                               init.condition.reason});
  }
  if (!turn_due && mind->ready(now)) {
    turn_due = true;
    self->send(init.dispatcher, ready{init.lane, init.generation});
  }
  if (auto wake = mind->wake_at(now, turn_due)) {
    if (timer && *timer <= *wake)
      return;
    timer = wake;
    // The clock of a test moves in its own steps: never fire early.
    self->delayed_send(self, *wake - now, caf::tick_atom_v, ++timer_number);
  }
}

streamer_actor::behavior_type streamer(streamer_state::pointer self,
                                       streamer_init init) {
  auto& state = self->state;
  state.mind.emplace(init.options, init.generation);
  state.mind->inherit(init.condition);
  if (init.paused)
    state.mind->pause();
  state.init = std::move(init);
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  state.act(); // a pause may be over
  return {
    [&state](const in_flight& x) {
      for (auto& y : x.batches)
        state.mind->adopt(y);
    },
    [&state](const assignment& x) { state.assign(x); },
    [&state](const turn& x) { state.take_turn(x); },
    [&state](const job_result& x) {
      state.settle(*x.result);
      return caf::ok_atom_v;
    },
    [&state](caf::flush_atom) {
      auto rows = state.mind->flush();
      state.act();
      return rows;
    },
    [&state](caf::close_atom) {
      state.mind->drain();
      state.act();
    },
    [&state](caf::delete_atom) {
      state.mind->abandon(state.decided);
      state.act();
    },
    [&state](const halt& x) {
      if (x.on)
        state.mind->pause();
      else
        state.mind->resume();
      state.act();
    },
    [&state](const credential_news& x) {
      state.mind->note_credential(x.refused, x.reason);
      state.act();
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number != state.timer_number)
        return; // an earlier one was set since
      state.timer.reset();
      state.act();
    },
  };
}

} // namespace bqs
