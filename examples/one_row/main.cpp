// Sends one row with plain CAF: of bqstreamer only the messages are used, and
// what reads the files for TLS (BQSTREAMER_TLS_CERTIFICATE and its kin).
//
//   one_row HOST PORT DATASET TABLE JSON
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include <bqstreamer/access.hpp>
#include <bqstreamer/messages.hpp>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>

// As much of a node's interface as is needed here.
using row_taker
  = caf::typed_actor<caf::replies_to<bqs::row>::with<bqs::admission>>;

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::bqs_messages>();
    set("middleman.app-identifiers", std::vector<std::string>{bqs::protocol});
    load<caf::io::middleman>();
  }
};

int main(int argc, char** argv) {
  if (argc != 6)
    return 64;
  config cfg;
  auto opened = bqs::access_from_environment(cfg);
  if (auto wrong = std::get_if<std::string>(&opened))
    return std::cerr << *wrong << '\n', 64;
  caf::actor_system sys{cfg};
  auto port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  auto node = std::get<bqs::access>(opened).tls
                ? caf::openssl::remote_actor<row_taker>(sys, argv[1], port)
                : sys.middleman().remote_actor<row_taker>(argv[1], port);
  if (!node) {
    std::cerr << sys.render(node.error()) << '\n';
    return 69;
  }
  bqs::row row;
  row.table.dataset = argv[3];
  row.table.table = argv[4];
  row.json = argv[5];
  auto code = 69;
  caf::scoped_actor self{sys};
  self->request(*node, std::chrono::seconds{10}, row)
    .receive(
      [&](const bqs::admission& x) {
        std::cout << to_string(x.code) << ' ' << x.text << std::endl;
        code = x.code == bqs::admission_code::accepted ? 0 : 65;
      },
      [&](const caf::error& err) { std::cerr << sys.render(err) << '\n'; });
  return code;
}
