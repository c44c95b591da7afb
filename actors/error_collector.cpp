#include "actors/error_collector.hpp"

#include <algorithm>
#include <string_view>

#include "actors/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

/// Bytes of rows in one message, unless one row alone is larger.
constexpr std::size_t message_bytes = 1u << 20;

/// What a row costs in a message beside its bytes.
constexpr std::size_t row_overhead = 64;

failed_row copy_row(const block& from, std::uint32_t i) {
  auto& bytes = *from.bytes;
  std::string id{bytes.id(i)};
  if (id.empty())
    id = to_string(from.stream) + "-" + std::to_string(from.first + i);
  return {std::move(id), std::string{bytes.row(i)}};
}

/// A reason counts once for the rows that share it.
std::size_t text_bytes(const failure_reason& x) {
  return x.reason.size() + x.message.size() + x.location.size();
}

/// Walks over the rows of `xs` in messages of bounded size.
template <class F>
void in_messages(const std::vector<decision>& xs, const join& what,
                 std::string_view project, caf::timestamp now, F f) {
  std::vector<failure> items;
  std::size_t bytes = 0;
  std::uint64_t rows = 0;
  auto send = [&] {
    if (!items.empty())
      f(std::exchange(items, {}), std::exchange(bytes, 0),
        std::exchange(rows, 0));
  };
  for (auto& x : xs) {
    auto& from = x.source->rows;
    if (what.table && !names(*what.table, from.table, project))
      continue;
    auto fresh = items.empty() || items.back().table != from.table
                 || items.back().why != x.why
                 || items.back().attempts != x.attempts;
    for (auto i = x.rows.from; i < x.rows.to; ++i) {
      auto size = from.bytes->json_bytes(i, i + 1) + row_overhead;
      if (bytes > 0 && bytes + size > message_bytes) {
        send();
        fresh = true;
      }
      if (fresh) {
        items.push_back({from.table, x.why, x.attempts, now, {}});
        bytes += text_bytes(x.why);
      }
      fresh = false;
      items.back().rows.push_back(copy_row(from, i));
      bytes += size;
      ++rows;
    }
  }
  send();
}

} // namespace

error_collector_state::~error_collector_state() {
  init.count->subscribers -= subscribers.size();
}

void error_collector_state::take_in(const losses& xs) {
  auto now = caf::make_timestamp();
  for (auto& [who, x] : subscribers)
    if (x.what.failures)
      in_messages(xs.items, x.what, init.project, now,
                  [&, &who = who, &x = x](std::vector<failure> items,
                                          std::size_t bytes,
                                          std::uint64_t rows) {
                    offer(who, x, std::move(items), bytes, rows);
                  });
}

reply error_collector_state::enter(const subscription& x) {
  if (must_understand(x.what.extras))
    return {reply_code::malformed, 0,
            "an extra that must be understood is unknown here"};
  if (x.what.states || x.what.last > 0)
    return {reply_code::not_supported, 0,
            "this node tells no states and no past failures"};
  auto [i, fresh] = subscribers.try_emplace(x.who);
  if (fresh)
    ++init.count->subscribers;
  i->second.what = x.what;
  i->second.window = x.what.window > 0
                       ? std::min<std::size_t>(x.what.window, init.window)
                       : init.window;
  return {};
}

void error_collector_state::leave(const caf::strong_actor_ptr& who) {
  init.count->subscribers -= subscribers.erase(who);
  check_finished();
}

void error_collector_state::acknowledge(const failures_ack& ack,
                                        const caf::strong_actor_ptr& who) {
  auto i = subscribers.find(who);
  if (i == subscribers.end())
    return;
  auto& x = i->second;
  while (!x.open.empty() && x.open.front().first <= ack.number) {
    x.open_bytes -= x.open.front().second;
    x.open.pop_front();
  }
  if (x.missed > 0)
    self->send(init.gate, dispatch{who, nullptr, std::exchange(x.missed, 0)});
  check_finished();
}

void error_collector_state::offer(const caf::strong_actor_ptr& who,
                                  subscriber& x, std::vector<failure> items,
                                  std::size_t bytes, std::uint64_t rows) {
  if (x.open_bytes > 0 && x.open_bytes + bytes > x.window) {
    x.missed += rows;
    init.count->missed += rows;
    return;
  }
  auto number = ++x.last_number;
  x.open.emplace_back(number, bytes);
  x.open_bytes += bytes;
  auto what = std::make_shared<failures>();
  what->number = number;
  what->items = std::move(items);
  self->send(init.gate,
             dispatch{who, std::move(what), std::exchange(x.missed, 0)});
}

void error_collector_state::check_finished() {
  for (auto& [who, x] : subscribers)
    if (!x.open.empty())
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
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  return {
    [&state](const losses& xs) {
      state.take_in(xs);
      return xs.number;
    },
    [&state](const subscription& x) { return state.enter(x); },
    [&state](caf::leave_atom, const caf::strong_actor_ptr& who) {
      state.leave(who);
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
