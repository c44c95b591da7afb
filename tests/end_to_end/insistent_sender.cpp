// A sender that never waits, and keeps its books: throws all its blocks at a
// node at once, and each that is refused again as soon as it hears of it,
// whatever wait the node asks for, until there is a receipt for each.
//
//     insistent_sender PORT PREFIX TABLES BLOCKS ROWS_OF_BLOCK BYTES_OF_ROW
//
// Prints its books as one JSON object.

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/interfaces.hpp"

namespace {

using namespace bqs;

std::shared_ptr<const block_bytes> make_rows(int rows, int bytes) {
  auto text = R"({"text":")" + std::string(static_cast<std::size_t>(bytes), 'x')
              + "\"}";
  block_builder result;
  for (auto i = 0; i < rows; ++i)
    result.add(std::string_view{text});
  return result.take_rows();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 7)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  std::string prefix = argv[2];
  auto tables = std::atoi(argv[3]);
  auto blocks = std::atoi(argv[4]);
  auto rows = make_rows(std::atoi(argv[5]), std::atoi(argv[6]));
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto node = sys.middleman().remote_actor<node_actor>("127.0.0.1", port);
  if (!node) {
    std::cerr << sys.render(node.error()) << '\n';
    return EXIT_FAILURE;
  }
  caf::scoped_actor self{sys};
  auto stream = make_stream_id();
  // What has no receipt, by its first row.
  std::map<std::uint64_t, block> open;
  for (auto i = 0; i < blocks; ++i) {
    table_ref table{{}, "load", prefix + std::to_string(i % tables), {}};
    auto first = static_cast<std::uint64_t>(i) * rows->rows();
    open[first] = {stream, first, std::move(table), rows, {}};
  }
  for (auto& [first, x] : open)
    self->send(*node, x);
  std::uint64_t overloaded = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  std::uint64_t possibly_duplicated = 0;
  auto code = EXIT_SUCCESS;
  self->monitor(*node);
  while (!open.empty() && code == EXIT_SUCCESS)
    self->receive(
      [&](const admission& x) {
        if (x.code == admission_code::overloaded) {
          ++overloaded;
          self->send(*node, open.at(x.first));
        } else if (x.code != admission_code::accepted) {
          std::cerr << to_string(x.code) << ' ' << x.text << '\n';
          code = EXIT_FAILURE;
        }
      },
      [&](const receipt& x) {
        self->send(*node, receipts_ack{1});
        if (open.erase(x.first) == 0)
          return;
        stored += x.stored;
        failed += x.rows - x.stored;
        possibly_duplicated += x.possibly_duplicated;
      },
      [&](const caf::down_msg& x) {
        std::cerr << "the node is gone: " << sys.render(x.reason) << '\n';
        code = EXIT_FAILURE;
      });
  std::cout << "{\"rows\":" << static_cast<std::uint64_t>(blocks) * rows->rows()
            << ",\"stored\":" << stored << ",\"failed\":" << failed
            << ",\"possibly_duplicated\":" << possibly_duplicated
            << ",\"overloaded\":" << overloaded << '}' << std::endl;
  return code;
}
