#include "bqstreamer/producer.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "client/producer_state.hpp"
#include "client/send_to.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Between two looks at what should have been answered.
constexpr auto watch_period = 1s;

} // namespace

producer_state::producer_state(pointer self_ptr)
  : self(self_ptr), dice(std::random_device{}()) {
  // nop
}

std::size_t producer_state::size_of(const block_bytes& x) noexcept {
  return x.json.size() + x.ids.size() + x.ends.size() * sizeof(x.ends[0]);
}

// -- rows in ------------------------------------------------------------------

caf::result<pushed> producer_state::take(const push& x) {
  auto rows = x.rows ? x.rows->rows() : 0;
  auto pusher = self->current_sender(); // the promise takes it away
  auto promise = self->make_response_promise<pushed>();
  if (rows == 0) {
    promise.deliver(pushed{x.tag});
    return promise;
  }
  auto& t = tables[x.table];
  t.waiting.emplace_back(promise, x.tag);
  add(x.table, t, x.rows, {std::move(pusher), x.tag, rows},
      self->clock().now());
  // A block that fails at once may have ended its table.
  if (auto i = tables.find(x.table); i != tables.end())
    make_room(i->second);
  return promise;
}

void producer_state::add(const table_ref& which, table& x,
                         std::shared_ptr<const block_bytes> rows, segment from,
                         time_point since) {
  totals.pushed += rows->rows();
  auto size = size_of(*rows);
  x.unsettled += size;
  unsettled += size;
  if (size >= options.block_bytes / 2
      || rows->rows() >= options.block_rows / 2) {
    // Large enough to go as it is, without a copy.
    pack(which, x);
    send_out(which, std::move(rows), {std::move(from)});
    return;
  }
  if (x.open.rows() + rows->rows() > options.block_rows
      || x.open.size() + size > options.block_bytes)
    pack(which, x);
  if (x.open.empty())
    x.since = since;
  for (std::uint32_t i = 0; i < rows->rows(); ++i)
    x.open.add(rows->row(i), rows->id(i));
  x.segments.push_back(std::move(from));
  if (x.open.rows() >= options.block_rows
      || x.open.size() >= options.block_bytes)
    pack(which, x);
  else
    set_pack_timer();
}

void producer_state::take(const rows_waiting& x) {
  auto [i, fresh] = buffers.try_emplace(x.from, self->clock().now());
  if (x.urgent && empty(*x.from, i->second))
    buffers.erase(i);
  else
    set_pack_timer();
  check_closed();
}

bool producer_state::empty(row_buffer& x, time_point since) {
  auto& t = tables[x.table];
  if (!has_room(t))
    return false;
  std::shared_ptr<const block_bytes> rows;
  segment from{x.owner, 0, 0};
  {
    std::lock_guard lock{x.guard};
    rows = x.rows.take_rows();
    from.rows = rows->rows();
    from.tag = x.tag;
    x.tag += from.rows;
    x.announced = x.urgent = false;
  }
  if (from.rows > 0)
    add(x.table, t, std::move(rows), std::move(from), since);
  else if (t.unsettled == 0)
    tables.erase(x.table);
  return true;
}

void producer_state::empty_all() {
  std::erase_if(buffers, [this](auto& x) { return empty(*x.first, x.second); });
}

bool producer_state::has_room(const table& x) const noexcept {
  return x.unsettled == 0
         || (x.unsettled <= options.window
             && unsettled <= options.total_window);
}

void producer_state::make_room(table& x) {
  while (!x.waiting.empty() && has_room(x)) {
    auto [promise, tag] = std::move(x.waiting.front());
    x.waiting.pop_front();
    promise.deliver(pushed{tag});
  }
}

void producer_state::pack(const table_ref& which, table& x) {
  if (!x.open.empty())
    send_out(which, x.open.take_rows(), std::exchange(x.segments, {}));
}

void producer_state::pack_all() {
  empty_all();
  std::vector<table_ref> all;
  for (auto& [which, x] : tables)
    all.push_back(which);
  for (auto& which : all) // a block that fails at once may end its table
    if (auto i = tables.find(which); i != tables.end())
      pack(which, i->second);
}

void producer_state::send_out(const table_ref& which,
                              std::shared_ptr<const block_bytes> rows,
                              std::vector<segment> segments) {
  out_block x;
  x.bytes = size_of(*rows);
  x.what = {stream, next_row, which, std::move(rows), {}};
  x.segments = std::move(segments);
  auto first = next_row;
  next_row += x.what.rows();
  out.emplace(first, std::move(x));
  if (hopeless.empty())
    send(first);
  else
    fail(first, {"node_lost", hopeless, {}, 0, false});
}

// -- timers -------------------------------------------------------------------

void producer_state::set_pack_timer() {
  if (std::exchange(pack_timer, true))
    return;
  self->delayed_send(self, options.block_age, caf::tick_atom_v, pack_tick);
}

void producer_state::pack_due(time_point now) {
  pack_timer = false;
  std::erase_if(buffers, [this, now](auto& x) {
    return x.second + options.block_age <= now && empty(*x.first, x.second);
  });
  if (!buffers.empty())
    set_pack_timer();
  std::vector<table_ref> due;
  auto left = false;
  for (auto& [which, x] : tables)
    if (!x.open.empty()) {
      if (x.since + options.block_age <= now)
        due.push_back(which);
      else
        left = true;
    }
  for (auto& which : due)
    if (auto i = tables.find(which); i != tables.end())
      pack(which, i->second);
  if (left)
    set_pack_timer();
  check_closed();
}

void producer_state::watch(time_point now) {
  std::vector<std::uint64_t> doubtful;
  for (auto& [first, x] : out)
    if ((x.admission > 0 && x.asked_at + options.admission_timeout <= now)
        || (x.admitted && !x.asked && x.heard + options.receipt_timeout <= now))
      doubtful.push_back(first);
  for (auto first : doubtful)
    ask_about(first);
  if (!node && hopeless.empty()
      && std::chrono::duration_cast<std::chrono::milliseconds>(now
                                                               - alone_since)
           >= options.give_up)
    give_up("there was no connection to a node for too long");
  self->delayed_send(self, watch_period, caf::tick_atom_v, watch_tick);
}

void producer_state::check_closed() {
  if (!tables.empty() || !buffers.empty())
    return;
  for (auto& x : closing)
    x.deliver(totals);
  closing.clear();
}

producer_actor::behavior_type producer(producer_state::pointer self,
                                       sender_actor to,
                                       producer_options options) {
  auto& state = self->state;
  state.node = std::move(to);
  state.options = std::move(options);
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg& x) {
    state.lose_node();
    state.give_up(x.source == state.line ? "the connector has broken down"
                                         : "the node is gone");
  });
  self->set_exit_handler([&state](caf::exit_msg& x) {
    if (!x.reason)
      return; // somebody else has ended well
    // Whoever pushed shall hear what became of it, even if nobody knows.
    state.lose_node();
    state.give_up("the producer was ended");
    state.self->quit(std::move(x.reason));
  });
  state.alone_since = self->clock().now();
  if (state.node)
    self->monitor(state.node);
  self->delayed_send(self, watch_period, caf::tick_atom_v,
                     producer_state::watch_tick);
  return {
    [&state](const push& x) { return state.take(x); },
    [&state](const rows_waiting& x) { state.take(x); },
    [&state](caf::flush_atom) { state.pack_all(); },
    [&state](caf::close_atom) {
      auto promise = state.self->make_response_promise<producer_totals>();
      state.closing.push_back(promise);
      state.pack_all();
      state.check_closed();
      return promise;
    },
    [&state](const receipt& x) {
      // Comes back behind all that waits in the mailbox by now: one message
      // for all receipts there.
      if (state.node && state.unacknowledged++ == 0)
        state.self->send(state.self, caf::tick_atom_v,
                         producer_state::ack_tick);
      state.handle(x);
    },
    [&state](const connected& x) {
      state.find_node(x.node);
      send_to(state.self, state.options.observer, x);
    },
    [&state](const lost& x) {
      if (state.node)
        state.lose_node();
      send_to(state.self, state.options.observer, x);
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == producer_state::pack_tick)
        state.pack_due(state.self->clock().now());
      else if (number == producer_state::watch_tick)
        state.watch(state.self->clock().now());
      else if (number == producer_state::ack_tick)
        state.acknowledge();
      else
        state.wake(number - producer_state::block_ticks);
    },
  };
}

producer_actor spawn_producer(caf::actor_system& sys, sender_actor to,
                              producer_options options) {
  return sys.spawn(producer, std::move(to), std::move(options));
}

producer_actor spawn_producer(caf::actor_system& sys, connector_options to,
                              producer_options options) {
  auto begin = [](producer_state::pointer self, const connector_options& where,
                  producer_options how) {
    auto result = producer(self, {}, std::move(how));
    self->state.line = spawn_connector(
      self->system(), caf::actor_cast<caf::strong_actor_ptr>(self), where);
    self->monitor(self->state.line);
    return result;
  };
  return sys.spawn(begin, std::move(to), std::move(options));
}

} // namespace bqs
