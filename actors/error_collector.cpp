#include "actors/error_collector.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/crash_place.hpp"
#include "actors/insert_id.hpp"
#include "client/failure_position.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

/// Bytes of rows in one message, unless one row alone is larger.
constexpr std::size_t message_bytes = 1u << 20;

/// What a row costs in a message beside its bytes.
constexpr std::size_t row_overhead = 64;

failed_row copy_row(const block& from, std::uint32_t i) {
  return {insert_id_of(from, i), std::string{from.bytes->row(i)}};
}

/// Walks over the rows of `xs` in pieces of bounded size.
template <class F>
void in_messages(const std::vector<decision>& xs, caf::timestamp now, F f) {
  std::vector<failure> items;
  std::size_t bytes = 0;
  for (auto& x : xs) {
    auto& from = x.source->rows;
    auto fresh = items.empty() || items.back().table != from.table
                 || items.back().why != x.why
                 || items.back().attempts != x.attempts;
    for (auto i = x.rows.from; i < x.rows.to; ++i) {
      auto size = from.bytes->json_bytes(i, i + 1) + row_overhead;
      if (bytes > 0 && bytes + size > message_bytes) {
        f(std::exchange(items, {}));
        bytes = 0;
        fresh = true;
      }
      if (fresh)
        items.push_back({from.table, x.why, x.attempts, now, {}});
      fresh = false;
      items.back().rows.push_back(copy_row(from, i));
      bytes += size;
    }
  }
  if (!items.empty())
    f(std::move(items));
}

std::vector<error_collector_state::item>
with_costs(const std::vector<failure>& items) {
  std::vector<error_collector_state::item> result;
  result.reserve(items.size());
  for (auto& x : items)
    result.push_back({&x, failure_history::cost(x)});
  return result;
}

std::uint64_t rows_of(const std::vector<failure>& items) {
  std::uint64_t result = 0;
  for (auto& x : items)
    result += x.rows.size();
  return result;
}

/// Drops the oldest of `items` until the rest fits a window. Returns how many
/// rows were dropped.
std::uint64_t shorten(std::vector<failure>& items, std::size_t window) {
  std::size_t bytes = 0;
  auto first = items.end();
  while (first != items.begin()) {
    auto size = failure_history::cost(*std::prev(first));
    if (bytes > 0 && bytes + size > window)
      break;
    bytes += size;
    --first;
  }
  std::uint64_t result = 0;
  for (auto i = items.begin(); i != first; ++i)
    result += i->rows.size();
  items.erase(items.begin(), first);
  return result;
}

std::size_t cost(const state_change& x) {
  return sizeof(state_change) + x.reason.size() + to_string(x.table).size();
}

} // namespace

error_collector_state::~error_collector_state() {
  for (auto& [who, x] : subscribers)
    init.count->subscribers -= x.left ? 0 : 1;
}

// -- failures -----------------------------------------------------------------

void error_collector_state::take_in(const losses& xs) {
  for (auto& x : *xs.items)
    history.count(x.source->rows.table, x.rows.size());
  // Whoever only waits for its acknowledgements may still want positions.
  auto wanted = history.keeps();
  for (auto& [who, x] : subscribers)
    wanted = wanted || x.what.failures;
  if (wanted)
    in_messages(*xs.items, caf::make_timestamp(),
                [this](std::vector<failure> items) { spread(items); });
}

void error_collector_state::spread(const std::vector<failure>& items) {
  for (auto& x : items)
    history.keep(x);
  auto all = with_costs(items);
  for (auto& [who, x] : subscribers)
    if (x.what.failures)
      tell(who, x, all);
}

void error_collector_state::tell(const caf::strong_actor_ptr& who,
                                 subscriber& x,
                                 const std::vector<item>& items) {
  std::uint64_t rows = 0;
  std::size_t bytes = 0;
  for (auto& y : items)
    if (history.matches(x.what.table, y.what->table)) {
      rows += y.what->rows.size();
      bytes += y.bytes;
    }
  if (rows == 0)
    return;
  x.position += rows;
  if (!may_send(x, bytes)) {
    x.past->missed += rows;
    init.count->missed += rows;
    // What it acknowledges next brings this up; there must be something.
    if (x.open.empty())
      send(who, x, {}, row_overhead);
    return;
  }
  std::vector<failure> mine;
  for (auto& y : items)
    if (history.matches(x.what.table, y.what->table))
      mine.push_back(*y.what);
  send(who, x, std::move(mine), bytes);
}

std::size_t error_collector_state::free_bytes() const noexcept {
  auto most = windows * init.window;
  return most - std::min(most, open_bytes);
}

std::size_t error_collector_state::room_of(const subscriber& x) const noexcept {
  return std::min(x.window, free_bytes());
}

bool error_collector_state::may_send(const subscriber& x,
                                     std::size_t bytes) const noexcept {
  if (x.open_bytes + bytes <= room_of(x))
    return true;
  // What is larger than its window goes alone.
  return x.open_bytes == 0 && (bytes <= free_bytes() || open_bytes == 0);
}

void error_collector_state::send(const caf::strong_actor_ptr& who,
                                 subscriber& x, std::vector<failure> items,
                                 std::size_t bytes,
                                 std::vector<state_change> states) {
  auto what = std::make_shared<failures>();
  what->number = ++x.past->last_number;
  what->items = std::move(items);
  if (x.positioned)
    what->extras[failures_position] = std::to_string(x.position) + "@" + epoch;
  // An acknowledgement is of all before, too: what takes no room needs no
  // entries of its own.
  if (bytes == 0 && !x.open.empty() && x.open.back().second == 0)
    x.open.back().first = what->number;
  else
    x.open.emplace_back(what->number, bytes);
  x.open_bytes += bytes;
  open_bytes += bytes;
  self->send(init.gate,
             dispatch{who, std::move(what), std::exchange(x.past->missed, 0),
                      std::move(states)});
}

// -- states -------------------------------------------------------------------

void error_collector_state::change(const state_change& x) {
  auto& table = tables[x.table];
  changes.erase(table.number);
  table = {x, ++last_change};
  changes.emplace(last_change, x.table);
  for (auto& [who, y] : subscribers)
    send_states(who, y);
}

void error_collector_state::send_states(const caf::strong_actor_ptr& who,
                                        subscriber& x) {
  if (!x.what.states)
    return;
  std::vector<state_change> states;
  std::size_t bytes = 0;
  for (auto i = changes.upper_bound(x.last_change); i != changes.end(); ++i) {
    auto& y = tables[i->second].what;
    auto news = y.state != table_state::ok || i->first > x.first_change;
    if (news && history.matches(x.what.table, y.table)) {
      // The first one goes in any case: the rest waits for its acknowledgement.
      auto size = cost(y);
      if (x.open_bytes + bytes > 0 && x.open_bytes + bytes + size > room_of(x))
        break;
      bytes += size;
      states.push_back(y);
    }
    x.last_change = i->first;
  }
  // Changes have no number of their own: the empty message behind them is
  // acknowledged in their place.
  if (!states.empty())
    send(who, x, {}, bytes, std::move(states));
}

// -- subscribers --------------------------------------------------------------

std::vector<failure> error_collector_state::since(const std::string& after,
                                                  const join& what,
                                                  std::uint64_t& missed) const {
  if (!what.failures)
    return {};
  auto at = after.find('@');
  if (at == std::string::npos)
    return history.last(what.last, what.table);
  // All that this collector has seen is new to those of an earlier one.
  std::uint64_t known = 0;
  if (after.substr(at + 1) == epoch)
    std::from_chars(after.data(), after.data() + at, known);
  auto total = history.total(what.table);
  auto unknown = total - std::min(known, total);
  auto result = history.last(unknown, what.table);
  missed = unknown - rows_of(result);
  return result;
}

caf::result<reply> error_collector_state::enter(const subscription& x) {
  auto [i, fresh] = subscribers.try_emplace(x.who);
  auto& y = i->second;
  if (fresh || std::exchange(y.left, false))
    ++init.count->subscribers;
  auto after = x.what.extras.find(join_after);
  y.what = x.what;
  y.positioned = after != x.what.extras.end();
  y.last_change = 0;
  y.first_change = last_change;
  y.past = x.past;
  if (y.positioned && !after->second.empty())
    y.past->missed = 0; // they are counted by its position
  y.window = x.what.window > 0
               ? std::min<std::size_t>(x.what.window, init.window)
               : init.window;
  std::uint64_t missed = 0;
  auto past
    = since(y.positioned ? after->second : std::string{}, y.what, missed);
  missed += shorten(past, y.window);
  y.position = history.total(y.what.table) - rows_of(past);
  y.past->missed += missed;
  init.count->missed += missed;
  // The answer goes first.
  auto answer = self->make_response_promise<reply>();
  answer.deliver(reply{reply_code::ok, rows_of(past), {}});
  for (auto& z : with_costs(past))
    tell(x.who, y, {z});
  if (y.positioned && past.empty())
    send(x.who, y, {}, 0);
  else if (past.empty())
    tell_missed(x.who, y);
  send_states(x.who, y);
  return answer;
}

void error_collector_state::tell_missed(const caf::strong_actor_ptr& who,
                                        subscriber& x) {
  if (x.past->missed > 0 && x.positioned)
    send(who, x, {}, 0); // or it would ask for those rows when it comes back
  else if (x.past->missed > 0)
    self->send(init.gate,
               dispatch{who, nullptr, std::exchange(x.past->missed, 0), {}});
}

void error_collector_state::leave(const caf::strong_actor_ptr& who) {
  auto i = subscribers.find(who);
  if (i == subscribers.end() || i->second.left)
    return;
  --init.count->subscribers;
  auto& x = i->second;
  x.left = true;
  x.what.failures = x.what.states = false;
  if (x.open.empty())
    subscribers.erase(i);
  check_finished();
}

void error_collector_state::forget(const caf::strong_actor_ptr& who) {
  leave(who);
  if (auto i = subscribers.find(who); i != subscribers.end()) {
    open_bytes -= i->second.open_bytes;
    subscribers.erase(i);
  }
}

void error_collector_state::acknowledge(const failures_ack& ack,
                                        const caf::strong_actor_ptr& who) {
  auto i = subscribers.find(who);
  if (i == subscribers.end())
    return;
  auto& x = i->second;
  while (!x.open.empty() && x.open.front().first <= ack.number) {
    x.open_bytes -= x.open.front().second;
    open_bytes -= x.open.front().second;
    x.open.pop_front();
  }
  if (x.left) {
    if (x.open.empty())
      subscribers.erase(i);
    return;
  }
  tell_missed(who, x);
  send_states(who, x);
  check_finished();
}

void error_collector_state::check_finished() {
  for (auto& [who, x] : subscribers)
    if (!x.open.empty() && !x.left)
      return;
  for (auto& x : waiting)
    x.deliver(caf::ok_atom_v);
  waiting.clear();
}

error_collector_actor::behavior_type
error_collector(error_collector_state::pointer self,
                error_collector_init init) {
  auto& state = self->state;
  state.init = std::move(init);
  state.history = failure_history{state.init.keep, state.init.keep_bytes,
                                  state.init.project};
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  return {
    [&state](const losses& xs) {
      state.take_in(xs);
      return xs.number;
    },
    [&state](const subscription& x) { return state.enter(x); },
    [&state](const state_change& x) { state.change(x); },
    [&state](caf::leave_atom, const caf::strong_actor_ptr& who) {
      state.leave(who);
    },
    [&state](caf::delete_atom, const caf::strong_actor_ptr& who) {
      state.forget(who);
    },
    [&state](const failures_ack& x, const caf::strong_actor_ptr& who) {
      state.acknowledge(x, who);
    },
    [&state](const finish&) {
      auto promise = state.self->make_response_promise<caf::ok_atom>();
      state.waiting.push_back(promise);
      state.check_finished();
      return promise;
    },
  };
}

} // namespace bqs
