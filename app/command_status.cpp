#include <iostream>
#include <memory>
#include <string>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "app/commands.hpp"
#include "app/connect.hpp"
#include "app/report.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What the command line says.
struct arguments {
  std::string node;
  bool json = false;
};

/// Prints what the node says about itself.
int print(const std::string& json, bool as_it_is) {
  if (as_it_is) {
    std::cout << json << std::endl;
    return exit_ok;
  }
  auto page = read_status(json);
  if (auto why = std::get_if<std::string>(&page))
    return complain(*why, exit_software);
  std::cout << std::get<status_page>(page).text << std::flush;
  return exit_ok;
}

int run_status(const arguments& given) {
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--of: " + *why, exit_usage);
  system_config cfg;
  caf::actor_system sys{cfg};
  auto found = connect_node(sys, std::get<peer_address>(where), 5s);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  auto code = exit_unavailable;
  caf::scoped_actor self{sys};
  self->request(std::get<node_actor>(found), 10s, get_status{})
    .receive([&](const status& x) { code = print(x.json, given.json); },
             [&](const caf::error&) {
               complain("the node did not answer within 10s", code);
             });
  return code;
}

} // namespace

void add_status_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "status", "Prints what a node has accepted, stored, failed and still "
              "holds, by table");
  auto given = std::make_shared<arguments>();
  command->add_option("--of", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  command->add_flag("--json", given->json, "Print the node's own JSON");
  command->callback(
    [given, &run] { run = [given] { return run_status(*given); }; });
}

} // namespace bqs::app
