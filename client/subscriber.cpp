#include "bqstreamer/subscriber.hpp"

#include <chrono>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "client/failure_position.hpp"
#include "client/send_to.hpp"
#include "client/stray_errors.hpp"
#include "client/subscriber_state.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

constexpr auto join_timeout = 10s;
/// A node that refuses today may have been replaced tomorrow.
constexpr auto join_pause = 10s;

} // namespace

void subscriber_state::handle(const connected& x) {
  at = x;
  joined = false;
  ++generation;
  join_when_ready();
}

void subscriber_state::handle(const lost& x) {
  at = {};
  joined = false;
  ++generation;
  for (auto& [ours, theirs] : open)
    theirs = 0; // of a node that is gone
  send_to(self, owner, x);
}

void subscriber_state::join_when_ready() {
  if (!at.node || joined || !open.empty())
    return;
  join wanted;
  wanted.failures = options.failures;
  wanted.states = options.states;
  if (options.table)
    wanted.table = *options.table;
  if (position.empty())
    wanted.last = options.last;
  wanted.window = options.window;
  wanted.extras[join_after] = position;
  if (!options.admin_pass.empty())
    wanted.extras[admin_pass_extra] = options.admin_pass;
  joined = true; // what comes from now on may be told
  auto mine = ++generation;
  self->request(at.node, join_timeout, wanted)
    .then(
      [this, mine](const reply& x) {
        if (mine == generation)
          handle_reply(x);
      },
      [this, mine](caf::error&) {
        if (mine == generation)
          join_later("did not answer");
      });
}

void subscriber_state::handle_reply(const reply& x) {
  if (x.code == reply_code::ok)
    send_to(self, owner, at);
  else
    join_later("refuses: " + to_string(x.code) + " " + x.text);
}

void subscriber_state::join_later(const std::string& why) {
  joined = false;
  send_to(
    self, owner,
    lost{"the node at " + to_string(at.where) + " " + why, 1, join_pause});
  self->delayed_send(self, join_pause, caf::tick_atom_v, ++generation);
}

bool subscriber_state::from_node() const {
  return joined && self->current_sender() == at.node;
}

void subscriber_state::handle(const failures& x) {
  if (!from_node()) {
    // Of a join that was given up: it will be told again.
    if (at.node && self->current_sender() == at.node)
      self->send(at.node, failures_ack{x.number});
    return;
  }
  if (auto i = x.extras.find(failures_position); i != x.extras.end())
    position = i->second;
  if (x.items.empty())
    return self->send(at.node, failures_ack{x.number});
  auto told = x;
  told.number = ++last_number;
  told.extras.clear();
  open.emplace_back(last_number, x.number);
  send_to(self, owner, std::move(told));
}

void subscriber_state::handle(const failures_ack& x) {
  std::uint64_t done = 0;
  while (!open.empty() && open.front().first <= x.number) {
    done = open.front().second;
    open.pop_front();
  }
  if (done > 0 && at.node)
    self->send(at.node, failures_ack{done});
  join_when_ready();
}

subscriber_actor::behavior_type subscriber(subscriber_state::pointer self,
                                           caf::actor_addr owner,
                                           subscriber_options options) {
  auto& state = self->state;
  state.owner = std::move(owner);
  state.options = std::move(options);
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg& x) {
    if (x.source == state.owner)
      state.self->quit(caf::exit_reason::user_shutdown);
    else // the connector, or a node without one
      state.handle(lost{"the node has stopped", 1, 0ms});
  });
  self->monitor(state.owner);
  return {
    [&state](const failures_ack& x) { state.handle(x); },
    [self](caf::close_atom) {
      self->quit(caf::exit_reason::user_shutdown); // the node notices
    },
    [&state](const connected& x) { state.handle(x); },
    [&state](const lost& x) { state.handle(x); },
    [&state](const failures& x) { state.handle(x); },
    [&state](const missed& x) {
      if (state.from_node())
        send_to(state.self, state.owner, x);
    },
    [&state](const state_change& x) {
      if (state.from_node())
        send_to(state.self, state.owner, x);
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == state.generation)
        state.join_when_ready();
    },
  };
}

subscriber_actor spawn_subscriber(caf::actor_system& sys,
                                  const caf::strong_actor_ptr& owner,
                                  connector_options to,
                                  subscriber_options options) {
  auto begin = [](subscriber_state::pointer self, caf::actor_addr whose,
                  const connector_options& where, subscriber_options wishes) {
    auto result = subscriber(self, std::move(whose), std::move(wishes));
    self->state.line = spawn_connector(
      self->system(), caf::actor_cast<caf::strong_actor_ptr>(self), where);
    self->monitor(self->state.line);
    return result;
  };
  return sys.spawn(begin, caf::actor_cast<caf::actor_addr>(owner),
                   std::move(to), std::move(options));
}

subscriber_actor spawn_subscriber(caf::actor_system& sys,
                                  const caf::strong_actor_ptr& owner,
                                  node_actor to, subscriber_options options) {
  auto begin = [](subscriber_state::pointer self, caf::actor_addr whose,
                  const node_actor& node, subscriber_options wishes) {
    auto result = subscriber(self, std::move(whose), std::move(wishes));
    self->monitor(node);
    self->state.handle(connected{node, {"this process", 0}});
    return result;
  };
  return sys.spawn(begin, caf::actor_cast<caf::actor_addr>(owner),
                   std::move(to), std::move(options));
}

} // namespace bqs
