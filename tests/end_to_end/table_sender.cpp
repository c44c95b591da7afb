// A sender as a program of its own: pushes rows into many tables through a
// producer, by way of a real connection, and prints what became of them.
//
//     table_sender PORT PREFIX TABLES ROWS_PER_TABLE

#include <cstdlib>
#include <iostream>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/interfaces.hpp"
#include "bqstreamer/producer.hpp"

int main(int argc, char** argv) {
  using namespace bqs;
  if (argc != 5)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  std::string prefix = argv[2];
  auto tables = std::atoi(argv[3]);
  auto rows = std::atoi(argv[4]);
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto node = sys.middleman().remote_actor<sender_actor>("127.0.0.1", port);
  if (!node) {
    std::cerr << sys.render(node.error()) << '\n';
    return EXIT_FAILURE;
  }
  auto packer = spawn_producer(sys, *node);
  caf::scoped_actor self{sys};
  auto code = EXIT_SUCCESS;
  constexpr auto at_once = 100; // rows in one push
  for (auto from = 0; from < rows; from += at_once)
    for (auto t = 0; t < tables; ++t) {
      block_builder some;
      for (auto i = from; i < std::min(rows, from + at_once); ++i) {
        auto id = prefix + "-" + std::to_string(t) + "-" + std::to_string(i);
        some.add(R"({"id":")" + id + R"(","n":)" + std::to_string(i) + "}", id);
      }
      table_ref table{{}, "many", "t" + std::to_string(t), {}};
      self->request(packer, caf::infinite, push{table, some.take_rows(), 0})
        .receive([](const pushed&) {},
                 [&](caf::error&) { code = EXIT_FAILURE; });
    }
  self->request(packer, caf::infinite, caf::close_atom_v)
    .receive(
      [](const producer_totals& x) {
        std::cout << x.pushed << ' ' << x.stored << ' ' << x.failed << '\n';
      },
      [&](caf::error&) { code = EXIT_FAILURE; });
  self->send_exit(packer, caf::exit_reason::user_shutdown);
  return code;
}
