#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "app/access_options.hpp"
#include "app/commands.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "http/printable.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What the command line says.
struct arguments {
  std::string node;
  access_files access;
  std::string table;
};

/// Asks a node to do something with a table, or with all, and prints what it
/// answers.
template <class Request>
int ask_node(const arguments& given, const std::string& done) {
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--of: " + *why, exit_usage);
  Request wanted;
  if (!given.table.empty()) {
    auto table = parse_table(given.table);
    if (!table)
      return complain("the table must be [PROJECT.]DATASET.TABLE, not "
                        + given.table,
                      exit_usage);
    wanted.table = *table;
  }
  config cfg;
  auto opened = open_access(cfg, given.access);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  auto& by = std::get<access>(opened);
  caf::actor_system sys{cfg};
  auto found = connect_node(sys, std::get<peer_address>(where), 5s, by.tls);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  auto code = exit_unavailable;
  caf::scoped_actor self{sys};
  self
    ->request(std::get<node_actor>(found), 10s,
              with_pass(std::move(wanted), by))
    .receive(
      [&](const reply& x) {
        if (x.code != reply_code::ok) {
          complain("the node refused: " + x.text, code);
          return;
        }
        std::cout << x.rows << " rows " << done
                  << (x.text.empty() ? "" : "; " + http::printable(x.text))
                  << std::endl;
        code = exit_ok;
      },
      [&](const caf::error&) {
        complain("the node did not answer within 10s", code);
      });
  return code;
}

template <class Request>
void add_request(CLI::App& program, action& run, const std::string& name,
                 const std::string& meaning, const std::string& done) {
  auto command = program.add_subcommand(name, meaning);
  auto given = std::make_shared<arguments>();
  command->add_option("table", given->table, "Only this table; default: all")
    ->type_name("[PROJECT.]DATASET.TABLE")
    ->option_text("[PROJECT.]DATASET.TABLE");
  command->add_option("--of", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  add_access_options(*command, given->access, operates::yes);
  command->callback([given, done, &run] {
    run = [given, done] { return ask_node<Request>(*given, done); };
  });
}

} // namespace

void add_operate_commands(CLI::App& program, action& run) {
  add_request<flush>(program, run, "flush",
                     "Has a node send now what waits to become a batch",
                     "wait no longer");
  add_request<pause>(program, run, "pause",
                     "Has a node hold the rows of a table until resume",
                     "are held");
  add_request<resume>(program, run, "resume",
                      "Ends a pause, or the quarantine of a table", "go on");
}

} // namespace bqs::app
