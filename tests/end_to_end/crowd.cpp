// Many subscribers in one process, behind one connection: each joins a node
// for failures and table states, acknowledges at once what it is told, and adds
// up.
//
//     crowd PORT SUBSCRIBERS ROWS
//
// Prints `joined` when all have, and ends when each has heard of ROWS rows,
// told or missed: prints how many were told and missed, over all of them.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include "bqstreamer/config.hpp"
#include "bqstreamer/interfaces.hpp"

namespace {

using namespace bqs;

/// What one subscriber was told, and what it missed.
using sum = std::pair<std::uint64_t, std::uint64_t>;

/// Tells `whom` when it has joined, and when it has heard of all rows.
caf::behavior member(caf::event_based_actor* self, const admin_actor& node,
                     std::uint64_t rows, const caf::actor& whom) {
  auto told = std::make_shared<std::uint64_t>(0);
  auto lost = std::make_shared<std::uint64_t>(0);
  auto check = [=] {
    if (*told + *lost >= rows)
      self->send(whom, caf::put_atom_v, *told, *lost);
  };
  self->set_default_handler(caf::drop);
  self->monitor(node);
  self->set_down_handler(
    [=](caf::down_msg&) { self->send(whom, caf::delete_atom_v); });
  join wanted;
  wanted.states = true;
  self->request(node, caf::infinite, wanted).then([=](const reply& x) {
    if (x.code == reply_code::ok)
      self->send(whom, caf::join_atom_v);
    else
      self->send(whom, caf::delete_atom_v);
  });
  return {
    [=](const failures& x) {
      self->send(node, failures_ack{x.number});
      for (auto& item : x.items)
        *told += item.rows.size();
      if (!x.items.empty())
        check();
    },
    [=](const missed& x) {
      *lost += x.rows;
      check();
    },
    [](const state_change&) {},
  };
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  auto size = std::atoi(argv[2]);
  auto rows = std::strtoull(argv[3], nullptr, 10);
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto node = sys.middleman().remote_actor<admin_actor>("127.0.0.1", port);
  if (!node) {
    std::cerr << sys.render(node.error()) << '\n';
    return EXIT_FAILURE;
  }
  caf::scoped_actor self{sys};
  std::vector<caf::actor> all;
  for (auto i = 0; i < size; ++i)
    all.push_back(
      sys.spawn(member, *node, rows, caf::actor_cast<caf::actor>(self)));
  auto joined = 0;
  auto done = 0;
  std::uint64_t told = 0;
  std::uint64_t lost = 0;
  auto gone = false;
  while (done < size && !gone)
    self->receive(
      [&](caf::join_atom) {
        if (++joined == size)
          std::cout << "joined" << std::endl;
      },
      [&](caf::put_atom, std::uint64_t x, std::uint64_t y) {
        ++done;
        told += x;
        lost += y;
      },
      [&](caf::delete_atom) { gone = true; });
  if (gone)
    std::cerr << "the node is gone, or refuses\n";
  else
    std::cout << told << ' ' << lost << std::endl;
  for (auto& x : all)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  return gone ? EXIT_FAILURE : EXIT_SUCCESS;
}
