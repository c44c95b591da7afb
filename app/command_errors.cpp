#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "app/commands.hpp"
#include "app/connect.hpp"
#include "app/receive.hpp"
#include "app/report.hpp"
#include "app/signals.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What the command line says.
struct arguments {
  std::string node;
  std::string table;
};

/// Subscribes `self`; returns what is wrong, or an empty text.
std::string subscribe(caf::scoped_actor& self, const node_actor& to,
                      const std::optional<table_ref>& only) {
  std::string result;
  join wanted;
  if (only)
    wanted.table = *only;
  self->request(to, 10s, wanted)
    .receive(
      [&](const reply& x) {
        if (x.code != reply_code::ok)
          result = "the node refuses: " + to_string(x.code) + " " + x.text;
      },
      [&](const caf::error&) {
        result = "the node did not answer within 10s";
      });
  return result;
}

/// Prints failures until a signal comes, the node goes, or nobody reads.
int follow(caf::scoped_actor& self, const node_actor& source) {
  std::optional<int> code;
  while (!code) {
    self->receive(
      [&](const failures& x) {
        for (auto& item : x.items)
          for (auto& row : item.rows)
            std::cout << failed_row_line(item, row) << '\n';
        std::cout << std::flush;
        // What was not printed is not acknowledged.
        if (std::cout)
          self->send(source, failures_ack{x.number});
      },
      [&](const missed& x) {
        std::cout << "{\"missed\":" << x.rows << '}' << std::endl;
      },
      [&](const caf::down_msg&) {
        code = complain("the node is gone", exit_unavailable);
      },
      drop_others(), caf::after(100ms) >> [] {});
    if (!code && !std::cout)
      code = exit_unavailable;
    if (!code && next_signal(0ms))
      code = exit_ok;
  }
  return *code;
}

int run_errors(const arguments& given) {
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--from: " + *why, exit_usage);
  auto only = parse_table(given.table);
  if (!given.table.empty() && !only)
    return complain("--table must be DATASET.TABLE, not " + given.table,
                    exit_usage);
  system_config cfg;
  caf::actor_system sys{cfg};
  auto found = connect_node(sys, std::get<peer_address>(where), 5s);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  auto& source = std::get<node_actor>(found);
  caf::scoped_actor self{sys};
  self->monitor(source);
  if (auto why = subscribe(self, source, only); !why.empty())
    return complain(why, exit_unavailable);
  auto code = follow(self, source);
  self->send(source, leave{});
  return code;
}

} // namespace

void add_errors_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "errors", "Prints rows that fail, while they do, as one JSON object per "
              "line");
  auto given = std::make_shared<arguments>();
  command->add_option("--from", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  command->add_option("--table", given->table, "Only rows of this table")
    ->type_name("DATASET.TABLE");
  command->callback(
    [given, &run] { run = [given] { return run_errors(*given); }; });
}

} // namespace bqs::app
