#include "actors/dispatcher.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include "actors/crash_place.hpp"
#include "actors/row_queue.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

void end(const http_worker& x) {
  x.cancel();
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

/// What becomes of a batch whose http actor broke off.
std::shared_ptr<const batch_result> broken_off(const batch& rows, bool silent) {
  auto result = std::make_shared<batch_result>();
  result->number = rows.number;
  result->unsent_from = rows.rows;
  result->outcome.verdict = http::verdict::retry;
  result->outcome.cause
    = silent ? http::cause::unavailable : http::cause::crashed;
  result->outcome.uncertain = true;
  result->outcome.reason = silent ? "timeout" : "crashed";
  result->outcome.message = "the actor that sent the request broke off";
  return result;
}

slot_shares::ending ending_of(const http::outcome& x) {
  if (x.verdict != http::verdict::retry)
    return slot_shares::ending::answered;
  return x.reason == "timeout" ? slot_shares::ending::timed_out
                               : slot_shares::ending::failed;
}

limiter::ending limited(const http::outcome& x) {
  if (x.verdict == http::verdict::stored || x.verdict == http::verdict::partial)
    return limiter::ending::served;
  return x.cause == http::cause::unavailable ? limiter::ending::failed
                                             : limiter::ending::other;
}

} // namespace

dispatcher_state::dispatcher_state(pointer self_ptr) : self(self_ptr) {
  // nop
}

dispatcher_state::~dispatcher_state() {
  if (init.count)
    init.count->in_flight -= running.size();
  for (auto& x : idle)
    end(x);
  for (auto& [batch, x] : running)
    end(x.worker);
}

void dispatcher_state::enter(std::uint32_t lane, std::uint32_t generation,
                             std::string table, target_ptr to,
                             streamer_actor streamer) {
  auto& entry = lanes[lane];
  line.erase(entry.table, lane);
  end_turns(lane);
  entry.generation = generation;
  entry.table = std::move(table);
  entry.to = std::move(to);
  entry.streamer = std::move(streamer);
  self->monitor(entry.streamer);
  in_flight adopted;
  for (auto& [number, x] : entry.flights)
    adopted.batches.push_back(x.rows);
  self->send(entry.streamer, std::move(adopted));
  tell_credential(entry);
  for (auto& [number, x] : entry.flights)
    if (x.result)
      tell(lane, entry, x.result);
  pump();
}

void dispatcher_state::retire(std::uint32_t lane) {
  auto i = lanes.find(lane);
  if (i == lanes.end())
    return;
  line.erase(i->second.table, lane);
  end_turns(lane);
  // Nobody needs to hear of its end, and look through all lanes for it.
  self->demonitor(i->second.streamer.address());
  lanes.erase(i);
  pump();
}

void dispatcher_state::line_up(const ready& x) {
  auto i = lanes.find(x.lane);
  if (i == lanes.end() || i->second.generation != x.generation)
    return;
  stand_in_line(x.lane, i->second);
  pump();
}

void dispatcher_state::submit(const submission& x) {
  auto i = lanes.find(x.lane);
  auto turn = turns.find(x.turn);
  // Without a turn, or by an older generation, it is no batch: its rows have
  // been given to the successor.
  if (i == lanes.end() || i->second.generation != x.generation
      || turn == turns.end())
    return;
  auto taken = std::move(turn->second.taken);
  turns.erase(turn);
  if (x.rows)
    run(x.lane, x.rows, std::move(taken));
  else
    slots.give_back(taken.table, taken.since, slot_shares::ending::unused,
                    self->clock().now());
  if (x.more)
    stand_in_line(x.lane, i->second);
  pump();
}

void dispatcher_state::handle_down(const caf::down_msg& x) {
  for (auto& [number, entry] : lanes)
    if (entry.streamer == x.source) {
      line.erase(entry.table, number);
      end_turns(number);
      pump();
      return;
    }
  // An http actor that dies over a promise answers nothing.
  for (auto& [batch, y] : running)
    if (y.worker.handle == x.source) {
      break_off(batch.first, batch.second, x.reason);
      return;
    }
  if (std::erase_if(idle, [&](auto& y) { return y.handle == x.source; }) > 0) {
    ++init.count->restarted_http;
    spdlog::error("an idle http actor ended ({})", to_string(x.reason));
  }
}

void dispatcher_state::stand_in_line(std::uint32_t lane,
                                     const lane_entry& entry) {
  line.push(entry.table, lane, entry.to->project);
  slots.want(entry.table, self->clock().now());
}

void dispatcher_state::pump() {
  auto now = self->clock().now();
  std::optional<time_point> wake;
  auto wake_by = [&](time_point x) {
    if (x > now && (!wake || x < *wake))
      wake = x;
  };
  wake_by(credential.closed_until());
  // One that hangs since before the refusal holds up no probe.
  auto probing = [this] {
    auto given = [&](auto& x) { return credential.is_news(x.first); };
    auto sent
      = [&](auto& x) { return credential.is_news(x.second.taken.turn); };
    return std::ranges::any_of(turns, given)
           || std::ranges::any_of(running, sent);
  };
  slots.resize(limit.limit());
  init.count->in_flight_limit = limit.limit();
  held_back held;
  while (slots.any_free(now) && credential.may_start(probing(), now)) {
    auto lane = next(now, held);
    if (!lane) {
      if (held.paced_until)
        wake_by(*held.paced_until);
      break;
    }
    auto& entry = lanes[*lane];
    slots.take(entry.table, now);
    ++last_turn;
    slot taken;
    taken.table = entry.table;
    taken.project = entry.to->project;
    taken.since = now;
    taken.turn = last_turn;
    turns.emplace(last_turn, given_turn{*lane, std::move(taken)});
    self->send(entry.streamer, turn{last_turn, !retries.allows_retries()});
    held = {};
  }
  auto lacking = !line.empty() && (held.by_share || !slots.any_free(now));
  limit.note_waiting(lacking, slots.lively(now), now);
  if (!line.empty() && slots.used() >= limit.limit())
    wake_by(now + 1s); // those that hold the slots may turn out to be slow
  if (wake && (!wake_at || *wake < *wake_at)) {
    wake_at = wake;
    self->delayed_send(self, *wake - now, caf::tick_atom_v, ++last_timer);
  }
}

std::optional<std::uint32_t> dispatcher_state::next(time_point now,
                                                    held_back& held) {
  using answer = turn_queue::answer;
  auto borrow = false;
  auto wants_to_borrow = false;
  auto paced = [&](time_point free) {
    auto& until = held.paced_until;
    if (free > now)
      until = until ? std::min(*until, free) : free;
    return free > now;
  };
  auto may = [&](const std::string& table, std::uint32_t lane) {
    auto& project = lanes[lane].to->project;
    if (paced(quotas.project_free_at(project)) || project_in_use(project, now))
      return answer::none_of_its_project;
    if (paced(quotas.table_free_at(table)) || table_in_use(table, now))
      return answer::no;
    if (slots.may_take(table, borrow, now))
      return answer::yes;
    wants_to_borrow = true;
    held.by_share |= !slots.is_restrained(table, now);
    return answer::no;
  };
  auto lane = line.pop(may);
  if (lane || !wants_to_borrow)
    return lane;
  borrow = true;
  return line.pop(may);
}

bool dispatcher_state::project_in_use(const std::string& project,
                                      time_point now) const {
  return quotas.limits_project(project, now)
         && std::ranges::any_of(
           turns, [&](auto& x) { return x.second.taken.project == project; });
}

bool dispatcher_state::table_in_use(const std::string& table,
                                    time_point now) const {
  return quotas.limits_table(table, now)
         && std::ranges::any_of(
           turns, [&](auto& x) { return x.second.taken.table == table; });
}

void dispatcher_state::end_turns(std::uint32_t lane) {
  std::erase_if(turns, [&](auto& kvp) {
    auto& x = kvp.second;
    if (x.lane != lane)
      return false;
    slots.give_back(x.taken.table, x.taken.since, slot_shares::ending::unused,
                    self->clock().now());
    return true;
  });
}

void dispatcher_state::run(std::uint32_t lane, const batch_ptr& rows,
                           slot taken) {
  if (idle.empty()) {
    idle.push_back(init.make_worker());
    self->monitor(idle.back().handle);
  }
  auto worker = std::move(idle.back());
  idle.pop_back();
  auto& entry = lanes[lane];
  taken.bytes = body_bytes(*rows);
  taken.sent = self->clock().now();
  quotas.start(taken.table, taken.project, taken.bytes, taken.sent);
  entry.flights[rows->number] = {rows, nullptr};
  running.emplace(std::pair{lane, rows->number},
                  request{worker, rows, std::move(taken)});
  ++init.count->in_flight;
  if (!watching)
    watch_after(init.worker_timeout);
  self->request(worker.handle, caf::infinite, job{lane, entry.to, rows})
    .then(
      [this, lane](const job_result& x) {
        auto i = running.find({lane, x.result->number});
        if (i == running.end())
          return;
        idle.push_back(std::move(i->second.worker));
        leave(i->second, *x.result);
        running.erase(i);
        finish(lane, x.result);
      },
      [this, lane, number = rows->number](const caf::error& why) {
        break_off(lane, number, why);
      });
}

void dispatcher_state::watch_after(std::chrono::nanoseconds wait) {
  watching = true;
  self->delayed_send(self, wait, caf::tick_atom_v, watch_timer);
}

void dispatcher_state::end_silent() {
  watching = false;
  auto now = self->clock().now();
  std::vector<std::pair<std::uint32_t, std::uint64_t>> silent;
  std::optional<time_point> next_end;
  for (auto& [batch, x] : running) {
    auto end = x.taken.sent + init.worker_timeout;
    if (end <= now)
      silent.push_back(batch);
    else
      next_end = next_end ? std::min(*next_end, end) : end;
  }
  if (next_end)
    watch_after(*next_end - now);
  for (auto& [lane, number] : silent)
    break_off(lane, number, caf::sec::request_timeout);
}

void dispatcher_state::break_off(std::uint32_t lane, std::uint64_t number,
                                 const caf::error& why) {
  auto i = running.find({lane, number});
  if (i == running.end())
    return; // known already
  auto x = std::move(i->second);
  running.erase(i);
  end(x.worker);
  ++init.count->restarted_http;
  auto silent = why == caf::sec::request_timeout;
  spdlog::error("an http actor {} over {} rows of {}",
                silent ? "was silent" : "ended (" + to_string(why) + ")",
                x.rows->rows, x.taken.table);
  auto result = broken_off(*x.rows, silent);
  leave(x, *result);
  finish(lane, std::move(result));
}

void dispatcher_state::leave(const request& from, const batch_result& with) {
  auto now = self->clock().now();
  auto& x = from.taken;
  auto& how = with.outcome;
  // Where every row is bad by itself the service was not asked.
  auto asked = with.faults.size() < from.rows->rows;
  if (asked) {
    retries.note(how);
    limit.note(limited(how), x.bytes, now);
    quotas.note(x.table, x.project, how, x.bytes, x.sent, now);
  } else {
    quotas.give_back(x.table, x.project, x.bytes, x.sent, now);
  }
  auto refused = credential.refused();
  credential.note(how, x.turn, last_turn + 1, now);
  if (refused != credential.refused()) {
    if (refused)
      spdlog::warn("the credential is accepted again");
    else if (how.status == 0) // nothing was sent
      spdlog::error("there is no access token ({}); one request at a time asks "
                    "for one",
                    credential.reason());
    else
      spdlog::error("the credential is refused again ({}); one request at a "
                    "time probes it",
                    credential.reason());
    for (auto& [number, entry] : lanes)
      tell_credential(entry);
  }
  slots.give_back(x.table, x.since,
                  asked ? ending_of(how) : slot_shares::ending::unused, now);
}

void dispatcher_state::finish(std::uint32_t lane,
                              std::shared_ptr<const batch_result> x) {
  --init.count->in_flight;
  if (auto i = lanes.find(lane); i != lanes.end()) {
    auto& flights = i->second.flights;
    // A lane that was retired and has come back knows nothing of it.
    if (auto j = flights.find(x->number); j != flights.end()) {
      j->second.result = x;
      tell(lane, i->second, x);
    }
  }
  pump();
}

void dispatcher_state::tell_credential(const lane_entry& to) {
  auto refused = credential.refused();
  self->send(to.streamer,
             credential_news{refused, refused ? credential.reason() : ""});
}

void dispatcher_state::tell(std::uint32_t lane, lane_entry& entry,
                            const std::shared_ptr<const batch_result>& x) {
  auto taken = [this, lane, number = x->number](caf::ok_atom) {
    if (auto i = lanes.find(lane); i != lanes.end())
      i->second.flights.erase(number);
  };
  // A streamer that dies over it leaves it to its successor.
  self->request(entry.streamer, caf::infinite, job_result{lane, x})
    .then(taken, [](caf::error&) {
      // nop
    });
}

dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_init init) {
  auto& state = self->state;
  state.init = std::move(init);
  state.limit = limiter{state.init.max_in_flight, state.init.start_in_flight};
  state.slots = slot_shares{state.limit.limit(), state.init.max_in_flight};
  state.retries = retry_budget{state.init.retry_tokens};
  state.credential = credential_probe{state.init.probe_waits};
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg& x) { state.handle_down(x); });
  return {
    [&state](caf::join_atom, std::uint32_t lane, std::uint32_t generation,
             std::string& table, target_ptr& to, streamer_actor& streamer) {
      state.enter(lane, generation, std::move(table), std::move(to),
                  std::move(streamer));
      return caf::ok_atom_v;
    },
    [&state](caf::delete_atom, std::uint32_t lane) { state.retire(lane); },
    [&state](const ready& x) { state.line_up(x); },
    [&state](const submission& x) { state.submit(x); },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == dispatcher_state::watch_timer) {
        state.end_silent();
        return;
      }
      if (number != state.last_timer)
        return; // an earlier one was set since
      state.wake_at.reset();
      state.pump();
    },
  };
}

} // namespace bqs
