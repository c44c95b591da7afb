#include "actors/producer.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "actors/producer_state.hpp"
#include "actors/stray_errors.hpp"
#include "http/backoff.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Numbers of the two timers.
constexpr std::uint64_t pack_tick = 0;
constexpr std::uint64_t watch_tick = 1;

constexpr auto watch_period = 1s;

/// Longest wait between two tries of a refused block.
constexpr std::chrono::milliseconds longest_wait = 5s;

/// Never 0: what is unsettled is told by its bytes.
std::size_t size_of(const block_bytes& x) {
  return x.json.size() + x.ids.size() + x.ends.size() * sizeof(x.ends[0]);
}

/// The rows from `from` up to `to` as bytes of their own.
std::shared_ptr<const block_bytes>
part_of(const block_bytes& x, std::uint32_t from, std::uint32_t to) {
  block_builder result;
  for (auto i = from; i < to; ++i)
    result.add(x.row(i), x.id(i));
  return result.take_rows();
}

} // namespace

producer_state::producer_state(pointer self_ptr)
  : self(self_ptr), dice(std::random_device{}()) {
  // nop
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
  totals.pushed += rows;
  auto& t = tables[x.table];
  auto size = size_of(*x.rows);
  t.unsettled += size;
  t.waiting.emplace_back(promise, x.tag);
  segment from{std::move(pusher), x.tag, rows};
  if (size >= options.block_bytes / 2 || rows >= options.block_rows / 2) {
    // Large enough to go as it is, without a copy.
    pack(x.table, t);
    send_out(x.table, x.rows, {std::move(from)});
  } else {
    if (t.open.rows() + rows > options.block_rows
        || t.open.size() + size > options.block_bytes)
      pack(x.table, t);
    if (t.open.empty())
      t.since = self->clock().now();
    for (std::uint32_t i = 0; i < rows; ++i)
      t.open.add(x.rows->row(i), x.rows->id(i));
    t.segments.push_back(std::move(from));
    if (t.open.rows() >= options.block_rows
        || t.open.size() >= options.block_bytes)
      pack(x.table, t);
    else
      set_pack_timer();
  }
  // A block that fails at once may have ended its table.
  if (auto i = tables.find(x.table); i != tables.end())
    make_room(i->second);
  return promise;
}

void producer_state::make_room(table& x) {
  while (!x.waiting.empty() && x.unsettled <= options.window) {
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
  if (lost)
    fail(first, {"node_lost", "the node is gone", {}, 0, false});
  else
    send(first);
}

// -- blocks out ---------------------------------------------------------------

void producer_state::send(std::uint64_t first) {
  auto i = out.find(first);
  if (i == out.end())
    return;
  i->second.busy = true;
  self->request(node, options.admission_timeout, i->second.what)
    .then([this, first](const admission& x) { handle(first, x); },
          [this, first](caf::error&) { ask_about(first); });
}

void producer_state::resend_after(std::uint64_t first,
                                  std::chrono::milliseconds wait) {
  // Half of the wait is chance, so that many senders do not come at once.
  auto point = std::uniform_real_distribution<>{0.5, 1.0}(dice);
  auto nap = std::chrono::milliseconds{
    static_cast<std::int64_t>(static_cast<double>(wait.count()) * point)};
  self->delayed_send(self, nap + 1ms, caf::tick_atom_v, watch_tick + 1 + first);
}

void producer_state::handle(std::uint64_t first, const admission& x) {
  auto i = out.find(first);
  if (i == out.end())
    return; // its receipt was quicker
  auto& b = i->second;
  b.heard = self->clock().now();
  using code = admission_code;
  if (x.code == code::accepted) {
    b.admitted = true;
    b.busy = false;
    b.refusals = 0;
  } else if (x.code == code::overloaded || x.code == code::draining) {
    auto asked = std::chrono::duration_cast<std::chrono::milliseconds>(x.wait);
    http::backoff waits{std::max(asked, 10ms), longest_wait};
    resend_after(first, waits.ceiling(++b.refusals));
  } else if (x.code == code::block_too_large && b.what.rows() > 1) {
    split(first);
  } else {
    auto reason
      = x.code == code::block_too_large ? "too_large" : to_string(x.code);
    fail(first, {reason, x.text, {}, 0, false});
  }
}

void producer_state::ask_about(std::uint64_t first) {
  auto i = out.find(first);
  if (i == out.end() || lost)
    return;
  auto& b = i->second;
  b.busy = true;
  ask question{stream, first, b.what.rows(), b.what.table};
  self->request(node, options.admission_timeout, question)
    .then(
      [this, first](const standing& x) {
        auto j = out.find(first);
        if (j == out.end())
          return;
        j->second.heard = self->clock().now();
        if (x.code == standing_code::settled && x.receipt) {
          handle(*x.receipt);
        } else if (x.code == standing_code::held) {
          j->second.admitted = true;
          j->second.busy = false;
        } else {
          send(first);
        }
      },
      [this, first](caf::error&) {
        // No answer either: once more, and the node's end is told by its DOWN.
        if (auto j = out.find(first); j != out.end()) {
          j->second.admitted = true; // in doubt: `watch` asks again
          j->second.busy = false;
          j->second.heard = self->clock().now() - options.receipt_timeout;
        }
      });
}

void producer_state::split(std::uint64_t first) {
  auto i = out.find(first);
  auto whole = std::move(i->second);
  out.erase(i);
  auto& rows = *whole.what.bytes;
  auto half = rows.rows() / 2;
  // The same numbers: the same insert ids.
  auto lay_out = [&](std::uint32_t from, std::uint32_t to) {
    out_block x;
    x.what = whole.what;
    x.what.first = first + from;
    x.what.bytes = part_of(rows, from, to);
    x.bytes = size_of(*x.what.bytes);
    std::uint32_t at = 0;
    for (auto& y : whole.segments) {
      auto begin = std::max(at, from);
      auto end = std::min(at + y.rows, to);
      if (begin < end)
        x.segments.push_back({y.pusher, y.tag + (begin - at), end - begin});
      at += y.rows;
    }
    out.emplace(first + from, std::move(x));
    send(first + from);
  };
  lay_out(0, half);
  lay_out(half, rows.rows());
}

// -- outcomes -----------------------------------------------------------------

void producer_state::handle(const receipt& x) {
  auto i = out.find(x.first);
  if (x.stream != stream || i == out.end() || i->second.what.rows() != x.rows)
    return; // came twice
  auto b = std::move(i->second);
  out.erase(i);
  settle(b, x);
}

void producer_state::fail(std::uint64_t first, failure_reason why) {
  auto i = out.find(first);
  auto b = std::move(i->second);
  out.erase(i);
  receipt x;
  x.first = first;
  x.rows = b.what.rows();
  x.reasons.push_back(std::move(why));
  x.failures.push_back({first, x.rows, 0});
  settle(b, x);
}

void producer_state::settle(const out_block& x, const receipt& y) {
  totals.stored += y.stored;
  totals.failed += y.rows - y.stored;
  totals.possibly_duplicated += y.possibly_duplicated;
  auto duplicated = y.possibly_duplicated;
  auto at = x.what.first;
  auto failure = y.failures.begin();
  for (auto& part : x.segments) {
    settlement result;
    result.table = x.what.table;
    result.tag = part.tag;
    result.rows = part.rows;
    result.stored = part.rows;
    result.reasons = y.reasons;
    auto end = at + part.rows;
    while (failure != y.failures.end() && failure->first < end) {
      auto from = std::max(failure->first, at);
      auto to = std::min(failure->first + failure->rows, end);
      auto rows = static_cast<std::uint32_t>(to - from);
      result.failures.push_back(
        {part.tag + (from - at), rows, failure->reason});
      result.stored -= rows;
      if (failure->first + failure->rows > end)
        break; // goes on in the next part
      ++failure;
    }
    // The receipt counts them for the whole block: the first parts show them.
    result.possibly_duplicated = std::min(duplicated, result.stored);
    duplicated -= result.possibly_duplicated;
    at = end;
    if (part.pusher)
      part.pusher->enqueue(self->ctrl(), caf::make_message_id(),
                           caf::make_message(std::move(result)),
                           self->context());
  }
  auto i = tables.find(x.what.table);
  i->second.unsettled -= x.bytes;
  make_room(i->second);
  if (i->second.unsettled == 0)
    tables.erase(i);
  check_closed();
}

void producer_state::lose_node() {
  lost = true;
  // A block that was only refused so far was never the node's.
  std::vector<std::pair<std::uint64_t, bool>> all;
  for (auto& [first, x] : out)
    all.emplace_back(first, x.admitted || x.refusals == 0);
  for (auto [first, uncertain] : all)
    fail(first, {"node_lost",
                 "the node was lost before the receipt came",
                 {},
                 0,
                 uncertain});
  pack_all();
}

// -- timers -------------------------------------------------------------------

void producer_state::set_pack_timer() {
  if (std::exchange(pack_timer, true))
    return;
  self->delayed_send(self, options.block_age, caf::tick_atom_v, pack_tick);
}

void producer_state::pack_due(time_point now) {
  pack_timer = false;
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
    pack(which, tables[which]);
  if (left)
    set_pack_timer();
}

void producer_state::watch(time_point now) {
  std::vector<std::uint64_t> doubtful;
  for (auto& [first, x] : out)
    if (x.admitted && !x.busy && x.heard + options.receipt_timeout <= now)
      doubtful.push_back(first);
  for (auto first : doubtful)
    ask_about(first);
  self->delayed_send(self, watch_period, caf::tick_atom_v, watch_tick);
}

void producer_state::check_closed() {
  if (!tables.empty())
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
  state.options = options;
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg&) { state.lose_node(); });
  self->monitor(state.node);
  self->delayed_send(self, watch_period, caf::tick_atom_v, watch_tick);
  return {
    [&state](const push& x) { return state.take(x); },
    [&state](caf::flush_atom) { state.pack_all(); },
    [&state](caf::close_atom) {
      auto promise = state.self->make_response_promise<producer_totals>();
      state.closing.push_back(promise);
      state.pack_all();
      state.check_closed();
      return promise;
    },
    [&state](const receipt& x) {
      state.self->send(state.node, receipts_ack{1});
      state.handle(x);
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == pack_tick)
        state.pack_due(state.self->clock().now());
      else if (number == watch_tick)
        state.watch(state.self->clock().now());
      else
        state.send(number - watch_tick - 1); // a refused block
    },
  };
}

producer_actor spawn_producer(caf::actor_system& sys, sender_actor to,
                              producer_options options) {
  return sys.spawn(producer, std::move(to), options);
}

} // namespace bqs
