// A sender that never waits: throws blocks at a node as fast as it can, reads
// no admission, acknowledges no receipt.
//
//     unpaced_sender PORT BLOCKS BYTES_PER_BLOCK

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

int main(int argc, char** argv) {
  using namespace bqs;
  if (argc != 4)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  auto blocks = std::atoi(argv[2]);
  auto bytes = static_cast<std::size_t>(std::atoll(argv[3]));
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto node = sys.middleman().remote_actor<node_actor>("127.0.0.1", port);
  if (!node)
    return EXIT_FAILURE;
  block_builder rows;
  std::string text(1000, 'x');
  while (rows.size() < bytes)
    rows.add(R"({"text":")" + text + "\"}");
  auto shared = rows.take_rows();
  caf::scoped_actor self{sys};
  auto stream = make_stream_id();
  for (auto i = 0; i < blocks; ++i) {
    auto first = static_cast<std::uint64_t>(i) * shared->rows();
    self->send(*node, block{stream, first, {{}, "flood", "t", {}}, shared, {}});
  }
  // The node has read everything before this when it answers.
  auto code = EXIT_FAILURE;
  self->request(*node, std::chrono::minutes{3}, get_status{})
    .receive(
      [&](const status& x) {
        std::cout << x.json << std::endl;
        code = EXIT_SUCCESS;
      },
      [&](caf::error& err) { std::cerr << sys.render(err) << '\n'; });
  return code;
}
