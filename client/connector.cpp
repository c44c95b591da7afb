#include "bqstreamer/connector.hpp"

#include <utility>

#include <caf/actor_system.hpp>

#include "client/connector_state.hpp"
#include "client/send_to.hpp"
#include "client/stray_errors.hpp"
#include "http/backoff.hpp"

namespace bqs {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

connector_state::connector_state(pointer self_ptr)
  : self(self_ptr), dice(std::random_device{}()) {
  // nop
}

void connector_state::try_next() {
  if (options.nodes.empty())
    return lose("no address of a node was given");
  auto& to = options.nodes[next];
  next = (next + 1) % options.nodes.size();
  // The dialer always answers; should it hang, this is what ends the wait.
  self
    ->request(line, options.timeout + 30s,
              dial{to, options.tls, options.timeout})
    .then(
      [this, to](const dialed& x) { handle(x, to); },
      [this, to](caf::error&) {
        handle({{}, "no connection to " + to_string(to) + ": no answer"}, to);
      });
}

void connector_state::handle(const dialed& x, const peer_address& at) {
  if (!x.node)
    return lose(x.reason);
  node = x.node;
  where = at;
  since = self->clock().now();
  self->monitor(node);
  send_to(self, owner, connected{node, where});
}

void connector_state::handle_down(const caf::down_msg& x) {
  if (x.source == owner)
    return self->quit(caf::exit_reason::user_shutdown);
  if (!node || x.source != node.address())
    return; // one of before
  node = nullptr;
  // Whoever takes connections only to end them is not asked without a pause.
  if (self->clock().now() - since >= options.longest_wait)
    failures = 0;
  auto gone = x.reason == caf::exit_reason::remote_link_unreachable
                ? "the connection to " + to_string(where) + " was lost"
                : "the node at " + to_string(where) + " has stopped";
  lose(std::move(gone));
}

void connector_state::lose(std::string reason) {
  http::backoff waits_for{options.first_wait, options.longest_wait};
  auto point = std::uniform_real_distribution<>{0.5, 1.0}(dice);
  auto nap = waits_for.wait(++failures, point) + 1ms;
  send_to(self, owner, lost{std::move(reason), failures, nap});
  self->delayed_send(self, nap, caf::tick_atom_v, ++waits);
}

connector_actor::behavior_type connector(connector_state::pointer self,
                                         caf::actor_addr owner,
                                         connector_options options,
                                         dialer_actor line) {
  auto& state = self->state;
  state.owner = std::move(owner);
  state.options = std::move(options);
  state.line = std::move(line);
  self->set_default_handler(caf::drop);
  ignore_stray_errors(self);
  self->set_down_handler([&state](caf::down_msg& x) { state.handle_down(x); });
  self->monitor(state.owner);
  self->link_to(state.line);
  state.try_next();
  return {
    [self](caf::close_atom) {
      self->quit(caf::exit_reason::user_shutdown); // takes the dialer along
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == state.waits)
        state.try_next();
    },
  };
}

connector_actor spawn_connector(caf::actor_system& sys,
                                const caf::strong_actor_ptr& owner,
                                connector_options options) {
  return sys.spawn(connector, caf::actor_cast<caf::actor_addr>(owner),
                   std::move(options), sys.spawn<caf::detached>(dialer));
}

} // namespace bqs
