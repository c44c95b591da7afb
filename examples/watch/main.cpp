// Prints each row that fails, and why, until it is interrupted.
//
//   watch HOST:PORT [DATASET.TABLE]
//
// For a node with TLS: BQSTREAMER_TLS_CERTIFICATE and its kin.
#include <iostream>
#include <string>
#include <variant>

#include <bqstreamer/access.hpp>
#include <bqstreamer/config.hpp>
#include <bqstreamer/subscriber.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3)
    return 64;
  bqs::config cfg;
  auto opened = bqs::access_from_environment(cfg);
  if (auto wrong = std::get_if<std::string>(&opened))
    return std::cerr << *wrong << '\n', 64;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  bqs::connector_options to;
  to.nodes = {std::get<bqs::peer_address>(bqs::parse_peer(argv[1]))};
  to.tls = std::get<bqs::access>(opened).tls;
  bqs::subscriber_options what;
  what.last = 10; // past ones first
  what.admin_pass = std::get<bqs::access>(opened).admin_pass;
  if (argc == 3)
    what.table = bqs::parse_table(argv[2]).value();
  auto source = bqs::spawn_subscriber(
    sys, caf::actor_cast<caf::strong_actor_ptr>(self), to, what);

  while (true)
    self->receive(
      [&](const bqs::failures& x) {
        for (auto& item : x.items)
          for (auto& row : item.rows)
            std::cout << to_string(item.table) << ' ' << row.insert_id << ": "
                      << item.why.reason << " (" << item.why.message << ")\n";
        std::cout << std::flush;
        // More than a window's worth is not sent before this.
        self->send(source, bqs::failures_ack{x.number});
      },
      [](const bqs::missed& x) {
        std::cout << x.rows << " more were not told" << std::endl;
      },
      [](const bqs::connected& x) {
        std::cout << "watching " << to_string(x.where) << std::endl;
      },
      [](const bqs::lost& x) { std::cout << x.reason << std::endl; });
}
