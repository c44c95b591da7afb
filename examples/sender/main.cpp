// Streams rows to a node and says what became of them. The node may come and
// go meanwhile.
//
//   sender HOST:PORT DATASET.TABLE ROWS
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>

#include <bqstreamer/block_builder.hpp>
#include <bqstreamer/config.hpp>
#include <bqstreamer/producer.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

int main(int argc, char** argv) {
  if (argc != 4)
    return 64;
  auto node = std::get<bqs::peer_address>(bqs::parse_peer(argv[1]));
  auto table = bqs::parse_table(argv[2]).value();
  auto count = std::strtoull(argv[3], nullptr, 10);

  bqs::config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  bqs::connector_options to;
  to.nodes = {node};
  auto producer = bqs::spawn_producer(sys, to);

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
  self->send(producer, caf::flush_atom_v);

  std::uint64_t stored = 0, failed = 0;
  while (stored + failed < count)
    self->receive([&](const bqs::settlement& x) {
      stored += x.stored;
      failed += x.rows - x.stored;
      for (auto& range : x.failures)
        std::cout << "row " << range.first << " and " << range.rows - 1
                  << " more failed: " << x.reasons[range.reason].message
                  << '\n';
    });
  std::cout << stored << " stored, " << failed << " failed" << std::endl;
  self->send_exit(producer, caf::exit_reason::user_shutdown);
  return failed > 0 ? 65 : 0;
}
