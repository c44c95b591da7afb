// A peer with bad manners: tries to end actors of the node from outside, links
// itself to the gate and dies, sends what nobody asked for.
//
//     intruder PORT

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "bqstreamer/config.hpp"
#include "bqstreamer/interfaces.hpp"

namespace {

/// Makes handles to the actors of another node by their numbers, as its own
/// messages would bring them: through the registry of the connection.
std::vector<caf::strong_actor_ptr> all_actors(caf::actor_system& sys,
                                              const caf::node_id& node,
                                              caf::actor_id most) {
  auto basp
    = sys.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  auto broker = static_cast<caf::io::basp_broker*>(
    caf::actor_cast<caf::abstract_actor*>(basp));
  std::vector<caf::strong_actor_ptr> result;
  for (caf::actor_id id = 1; id <= most; ++id)
    if (auto x = broker->proxy_registry_ptr()->get_or_put(node, id))
      result.push_back(std::move(x));
  return result;
}

} // namespace

int main(int argc, char** argv) {
  using namespace bqs;
  if (argc != 2)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto found = sys.middleman().remote_actor<node_actor>("127.0.0.1", port);
  if (!found)
    return EXIT_FAILURE;
  auto gate = caf::actor_cast<caf::actor>(*found);
  caf::scoped_actor self{sys};
  // With a name and without.
  self->send_exit(gate, caf::exit_reason::kill);
  caf::anon_send_exit(gate, caf::exit_reason::kill);
  self->send_exit(gate, caf::exit_reason::user_shutdown);
  // By number: whatever the node has told, and what one can guess.
  auto actors = all_actors(sys, gate->node(), 400);
  for (auto& x : actors)
    x->enqueue(
      self->ctrl(), caf::make_message_id(),
      caf::make_message(caf::exit_msg{self->address(), caf::exit_reason::kill}),
      nullptr);
  // By name: CAF's own actors.
  auto basp
    = sys.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  for (auto name : {caf::atom("ConfigServ"), caf::atom("SpawnServ")})
    self->send(basp, caf::forward_atom_v, gate->node(), name,
               caf::make_message(
                 caf::exit_msg{self->address(), caf::exit_reason::kill}));
  // Linked, then killed.
  auto linked = sys.spawn([gate](caf::event_based_actor* x) -> caf::behavior {
    x->link_to(gate);
    return {[](int) {}};
  });
  caf::anon_send_exit(linked, caf::exit_reason::kill);
  // Stray messages, and an error as a message.
  self->send(gate, std::string{"secret stray"}, 42);
  self->send(gate, caf::make_error(caf::sec::runtime_error, "stray"));
  self->send(gate, caf::exit_msg{gate.address(), caf::exit_reason::kill});
  self->send(gate, caf::down_msg{gate.address(), caf::exit_reason::kill});
  // The node serves on: it answers what comes behind all that.
  auto code = EXIT_FAILURE;
  self->request(*found, std::chrono::seconds{20}, get_status{})
    .receive([&](const status&) { code = EXIT_SUCCESS; },
             [&](caf::error& err) { std::cerr << sys.render(err) << '\n'; });
  std::cout << actors.size() << " actors were addressed\n";
  return code;
}
