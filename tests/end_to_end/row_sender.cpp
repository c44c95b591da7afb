// A sender that keeps a journal: pushes rows into some tables until its time is
// up, and writes down what became of each.
//
//     row_sender PORT PREFIX MILLISECONDS TABLES JOURNAL
//
// Lines of the journal:
//
//     pushed TABLE FIRST ROWS      the ids are PREFIX-TABLE-NUMBER
//     stored TABLE FIRST ROWS POSSIBLY_DUPLICATED
//     failed TABLE FIRST ROWS REASON UNCERTAIN
//
// A push is one settlement or more. Every 97th row does not fit its table,
// every 499th is no JSON.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/producer.hpp"

namespace {

using namespace bqs;

constexpr std::uint32_t at_once = 20; // rows in one push

std::string row_of(const std::string& id, std::uint64_t n) {
  auto text = R"({"id":")" + id + R"(","n":)" + std::to_string(n);
  if (n % 499 == 498)
    return text; // torn
  return text + (n % 97 == 96 ? R"(,"extra":1})" : "}");
}

struct journal {
  std::ofstream out;

  void pushed(const std::string& table, std::uint64_t first,
              std::uint32_t rows) {
    out << "pushed " << table << ' ' << first << ' ' << rows << std::endl;
  }

  void settled(const settlement& x) {
    auto next = x.tag;
    auto table = x.table.table;
    auto stored = [&](std::uint64_t to) {
      if (to > next)
        out << "stored " << table << ' ' << next << ' ' << to - next << ' '
            << x.possibly_duplicated << '\n';
    };
    for (auto& y : x.failures) {
      stored(y.first);
      auto& why = x.reasons[y.reason];
      out << "failed " << table << ' ' << y.first << ' ' << y.rows << ' '
          << why.reason << ' ' << why.uncertain << '\n';
      next = y.first + y.rows;
    }
    stored(x.tag + x.rows);
    out.flush();
  }
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 6)
    return EXIT_FAILURE;
  auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  std::string prefix = argv[2];
  auto end = std::chrono::steady_clock::now()
             + std::chrono::milliseconds{std::atoi(argv[3])};
  auto tables = std::atoi(argv[4]);
  journal book{std::ofstream{argv[5]}};
  caf::actor_system_config cfg;
  add_node_messages(cfg);
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  connector_options to;
  to.nodes.push_back({"127.0.0.1", port});
  producer_options options;
  options.block_rows = 200;
  options.block_age = std::chrono::milliseconds{20};
  options.window = 256u << 10;
  auto packer = spawn_producer(sys, to, options);
  caf::scoped_actor self{sys};
  std::vector<std::uint64_t> next(static_cast<std::size_t>(tables), 0);
  auto code = EXIT_SUCCESS;
  // Replies and settlements share a mailbox: whichever comes is dealt with.
  std::size_t waiting = 0;
  auto handle_one = [&](std::chrono::milliseconds most) {
    self->receive([&](const pushed&) { --waiting; },
                  [&](const settlement& x) { book.settled(x); },
                  caf::after(most) >> [] {});
  };
  while (std::chrono::steady_clock::now() < end)
    for (std::size_t t = 0; t < next.size(); ++t) {
      auto name = "t" + std::to_string(t);
      block_builder some;
      for (std::uint32_t i = 0; i < at_once; ++i) {
        auto id = prefix + "-" + name + "-" + std::to_string(next[t] + i);
        some.add(std::string_view{row_of(id, next[t] + i)}, id);
      }
      book.pushed(name, next[t], at_once);
      self->send(packer,
                 push{{{}, "chaos", name, {}}, some.take_rows(), next[t]});
      ++waiting;
      next[t] += at_once;
      while (waiting >= next.size())
        handle_one(std::chrono::milliseconds{100});
    }
  auto closed = false;
  self->send(packer, caf::close_atom_v);
  while (!closed)
    self->receive([&](const pushed&) {},
                  [&](const settlement& x) { book.settled(x); },
                  [&](const producer_totals& x) {
                    closed = true;
                    std::cout << x.pushed << ' ' << x.stored << ' ' << x.failed
                              << ' ' << x.possibly_duplicated << std::endl;
                  });
  self->send_exit(packer, caf::exit_reason::user_shutdown);
  return code;
}
