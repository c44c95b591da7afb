#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>

#include "app/access_options.hpp"
#include "app/commands.hpp"
#include "app/input_file.hpp"
#include "app/replaying.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

int run_replay(replay_options& given) {
  auto wanted = check(given);
  if (auto why = std::get_if<std::string>(&wanted))
    return complain(*why, exit_usage);
  for (auto& name : given.files)
    if (auto why = look_at_input(name).error; !why.empty())
      return complain(name + ": " + why + "; nothing was sent", exit_no_input);
  auto& filter = std::get<replay_filter>(wanted);
  if (given.dry_run)
    return replaying{nullptr, given, std::move(filter)}.run();
  config cfg{default_workers()};
  auto opened = open_access(cfg, given.access);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  given.tls = std::get<access>(opened).tls;
  caf::actor_system sys{cfg};
  auto where = std::get<peer_address>(parse_peer(given.node));
  auto found = connect_node(sys, where, 5s, given.tls);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  return replaying{&sys, given, std::move(filter)}.run();
}

void add_filter_options(CLI::App& command, replay_options& given) {
  command
    .add_option("--reason", given.reasons,
                "Only rows that failed for this reason; may be given several "
                "times")
    ->type_name("REASON")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
    .add_option("--table", given.table,
                "Only rows of this table, its partitions and template tables")
    ->type_name("DATASET.TABLE");
  command
    .add_option("--since", given.since,
                "Only rows that failed then or later: 2026-01-31, or "
                "2026-01-31T12:00:00Z")
    ->type_name("TIME");
}

} // namespace

void add_replay_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "replay", "Sends rows from dead-letter files again, with their insert ids");
  auto given = std::make_shared<replay_options>();
  command->add_option("--to", given->node, "The node")->type_name("HOST:PORT");
  add_access_options(*command, given->access, operates::no);
  add_filter_options(*command, *given);
  command->add_flag("--dry-run", given->dry_run,
                    "Only say what would be sent; needs no node");
  command->add_flag("--strict", given->strict,
                    "Stop reading at the first row that fails again, or line "
                    "that is no dead letter");
  command
    ->add_option("--give-up", given->give_up,
                 "How long to wait for a node that was lost, 30s by default")
    ->type_name("TIME");
  command->add_flag("--json", given->json, "Print the summary as JSON");
  command
    ->add_option("files", given->files,
                 "Dead-letter files, packed with gzip or not; - is standard "
                 "input")
    ->type_name("FILE")
    ->required();
  command->footer(
    "The files are only read. Rows that fail again are told on "
    "standard error, with file\nand line, and become dead letters "
    "of the node they were sent to.");
  command->callback(
    [given, &run] { run = [given] { return run_replay(*given); }; });
}

} // namespace bqs::app
