// Streams rows to a node, which may come and go, and says what became of them.
//
//   sender HOST:PORT DATASET.TABLE ROWS    (TLS: BQSTREAMER_TLS_* are set)
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>

#include <bqstreamer/access.hpp>
#include <bqstreamer/block_builder.hpp>
#include <bqstreamer/config.hpp>
#include <bqstreamer/producer.hpp>
#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>

int main(int argc, char** argv) {
  if (argc != 4)
    return 64;
  auto table = bqs::parse_table(argv[2]).value();
  auto count = std::strtoull(argv[3], nullptr, 10);
  bqs::connector_options to;
  to.nodes = {std::get<bqs::peer_address>(bqs::parse_peer(argv[1]))};
  bqs::config cfg;
  auto opened = bqs::access_from_environment(cfg);
  if (auto wrong = std::get_if<std::string>(&opened)) {
    std::cerr << *wrong << '\n';
    return 64;
  }
  to.tls = std::get<bqs::access>(opened).tls;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  bqs::producer_options how;
  how.observer = caf::actor_cast<caf::strong_actor_ptr>(self);
  auto producer = bqs::spawn_producer(sys, to, how);

  bqs::block_builder rows;
  for (std::uint64_t i = 0; i < count; ++i) {
    rows.add("{\"n\":" + std::to_string(i) + ",\"name\":\"row\"}");
    if (rows.rows() < 1000 && i + 1 < count)
      continue;
    // The answer waits while too much is on its way: never outrun the node.
    auto first = i + 1 - rows.rows();
    self
      ->request(producer, caf::infinite,
                bqs::push{table, rows.take_rows(), first})
      .receive([](const bqs::pushed&) {},
               [](const caf::error&) { std::exit(70); }); // no producer
  }

  std::uint64_t stored = 0, failed = 0;
  while (stored + failed < count)
    self->receive(
      [&](const bqs::settlement& x) {
        stored += x.stored;
        failed += x.rows - x.stored;
        for (auto& bad : x.failures)
          std::cout << bad.rows << " from row " << bad.first
                    << " on failed: " << x.reasons[bad.reason].message << '\n';
      },
      [](const bqs::connected&) {},
      [](const bqs::lost& x) { std::cerr << x.reason << std::endl; });
  std::cout << stored << " stored, " << failed << " failed" << std::endl;
  self->send_exit(producer, caf::exit_reason::user_shutdown);
  return failed > 0 ? 65 : 0;
}
