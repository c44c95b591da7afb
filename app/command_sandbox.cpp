#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/commands.hpp"
#include "app/signals.hpp"
#include "app/value.hpp"
#include "sandbox/server.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What the command line says.
struct arguments {
  sandbox::options options;
  std::string dedup_window = "1min";
  std::vector<std::string> faults;
};

int run_sandbox(arguments& given) {
  auto& wanted = given.options;
  auto window = parse_duration(given.dedup_window);
  if (!window)
    return complain("--dedup-window must be a time with its unit, such as "
                    "60s, not "
                      + given.dedup_window,
                    exit_usage);
  wanted.dedup_window = std::chrono::ceil<std::chrono::seconds>(*window);
  for (auto& text : given.faults) {
    auto parsed = sandbox::parse_fault(text);
    if (auto why = std::get_if<std::string>(&parsed))
      return complain("--fault=" + text + ": " + *why, exit_usage);
    wanted.faults.push_back(std::move(std::get<sandbox::fault>(parsed)));
  }
  std::unique_ptr<sandbox::server> served;
  try {
    served = std::make_unique<sandbox::server>(wanted);
  } catch (const std::runtime_error& ex) {
    return complain(ex.what(), exit_unavailable);
  }
  std::cout << "bqstreamer: sandbox listens on " << served->url()
            << ", keeps rows "
            << (wanted.data.empty() ? "in memory" : "in " + wanted.data)
            << std::endl;
  while (!next_signal(1h)) {
    // nothing to do: it serves from its own threads
  }
  served->stop();
  return exit_ok;
}

} // namespace

void add_sandbox_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "sandbox", "Serves a local BigQuery endpoint that keeps rows in SQLite");
  auto given = std::make_shared<arguments>();
  auto& wanted = given->options;
  command
    ->add_option("--address", wanted.address,
                 "Address to listen on, of this machine only")
    ->type_name("ADDRESS")
    ->capture_default_str();
  command->add_option("--port", wanted.port, "Port; 0 picks a free one")
    ->type_name("PORT")
    ->capture_default_str();
  command
    ->add_option("--data", wanted.data,
                 "Directory for the rows; without it they stay in memory")
    ->type_name("DIR");
  command
    ->add_option("--project", wanted.project,
                 "Project shown in listings; any is accepted")
    ->type_name("ID")
    ->capture_default_str();
  command->add_flag("--create-tables", wanted.create_tables,
                    "Make missing tables from the fields of their first row");
  command
    ->add_option("--dedup-window", given->dedup_window,
                 "How long insert ids are remembered")
    ->type_name("TIME")
    ->capture_default_str();
  command
    ->add_option("--fault", given->faults,
                 "What shall go wrong, such as status=503,count=3 or "
                 "latency=50ms or reset=after,probability=0.1; may be given "
                 "several times")
    ->type_name("SPEC")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--seed", wanted.seed, "Seed of what is left to chance")
    ->type_name("NUMBER")
    ->capture_default_str();
  command->callback(
    [given, &run] { run = [given] { return run_sandbox(*given); }; });
}

} // namespace bqs::app
