#include "actors/dispatcher.hpp"

#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

void end(const http_worker& x) {
  x.cancel();
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

/// What becomes of a batch whose http actor broke off.
std::shared_ptr<const batch_result> broken_off(const batch& rows) {
  auto result = std::make_shared<batch_result>();
  result->number = rows.number;
  result->unsent_from = rows.rows;
  result->outcome.verdict = http::verdict::retry;
  result->outcome.cause = http::cause::unavailable;
  result->outcome.uncertain = true;
  result->outcome.reason = "crashed";
  result->outcome.message = "the actor that sent the request broke off";
  return result;
}

} // namespace

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
  lanes.erase(i);
  pump();
}

void dispatcher_state::line_up(const ready& x) {
  auto i = lanes.find(x.lane);
  if (i == lanes.end() || i->second.generation != x.generation)
    return;
  line.push(i->second.table, x.lane);
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
  turns.erase(turn);
  if (x.rows)
    run(x.lane, x.rows);
  if (x.more)
    line.push(i->second.table, x.lane);
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
      break_off(batch.first, batch.second);
      return;
    }
  std::erase_if(idle, [&](auto& y) { return y.handle == x.source; });
}

void dispatcher_state::pump() {
  while (running.size() + turns.size() < init.max_in_flight) {
    auto lane = line.pop();
    if (!lane)
      return;
    turns.emplace(++last_turn, *lane);
    self->send(lanes[*lane].streamer, turn{last_turn});
  }
}

void dispatcher_state::end_turns(std::uint32_t lane) {
  std::erase_if(turns, [lane](auto& x) { return x.second == lane; });
}

void dispatcher_state::run(std::uint32_t lane, const batch_ptr& rows) {
  if (idle.empty()) {
    idle.push_back(init.make_worker());
    self->monitor(idle.back().handle);
  }
  auto worker = std::move(idle.back());
  idle.pop_back();
  auto& entry = lanes[lane];
  entry.flights[rows->number] = {rows, nullptr};
  running.emplace(std::pair{lane, rows->number}, request{worker, rows});
  ++init.count->in_flight;
  self->request(worker.handle, init.worker_timeout, job{lane, entry.to, rows})
    .then(
      [this, lane](const job_result& x) {
        auto i = running.find({lane, x.result->number});
        if (i == running.end())
          return;
        idle.push_back(std::move(i->second.worker));
        running.erase(i);
        finish(lane, x.result);
      },
      [this, lane, number = rows->number](caf::error&) {
        break_off(lane, number);
      });
}

void dispatcher_state::break_off(std::uint32_t lane, std::uint64_t number) {
  auto i = running.find({lane, number});
  if (i == running.end())
    return; // known already
  auto rows = std::move(i->second.rows);
  end(i->second.worker);
  running.erase(i);
  finish(lane, broken_off(*rows));
}

void dispatcher_state::finish(std::uint32_t lane,
                              std::shared_ptr<const batch_result> x) {
  --init.count->in_flight;
  if (auto i = lanes.find(lane); i != lanes.end()) {
    i->second.flights[x->number].result = x;
    tell(lane, i->second, x);
  }
  pump();
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
  self->set_default_handler(caf::drop);
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
  };
}

} // namespace bqs
