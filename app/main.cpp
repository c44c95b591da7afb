#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include <sys/resource.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/config.hpp>
#include <caf/error.hpp>

#include "app/commands.hpp"
#include "app/environment.hpp"
#include "app/signals.hpp"
#include "bqstreamer/messages.hpp"

namespace {

using namespace bqs::app;

std::string version() {
  return std::string{"bqstreamer " BQS_VERSION " (protocol "} + bqs::protocol
         + ", CAF " + std::to_string(CAF_MAJOR_VERSION) + "."
         + std::to_string(CAF_MINOR_VERSION) + "."
         + std::to_string(CAF_PATCH_VERSION) + ")";
}

std::string footer() {
  std::ostringstream result;
  result << "`bqstreamer COMMAND --help` tells more.\n\nExit codes:\n";
  for (auto& x : exit_meanings)
    result << std::setw(4) << x.code << "  " << x.text << '\n';
  result << "\nEnvironment:\n";
  for (auto& x : environment_variables)
    result << "  " << x.name << "  " << x.meaning << '\n';
  auto text = result.str();
  text.pop_back();
  return text;
}

/// CLI11 would take the next argument for the value that is missing.
std::string find_empty_option(int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view{argv[i]} != "--"; ++i)
    if (std::string_view x{argv[i]}; x.starts_with("--") && x.ends_with('='))
      return std::string{x};
  return {};
}

void add_color_option(CLI::App& program, color_choice& color) {
  program
    .add_option_function<std::string>(
      "--color",
      [&color](const std::string& x) { color = *parse_color_choice(x); },
      "Whether status and errors are coloured; auto: on a terminal, unless "
      "NO_COLOR is set")
    ->type_name("auto|always|never")
    ->check([](const std::string& x) -> std::string {
      return parse_color_choice(x) ? "" : "must be auto, always or never";
    });
}

/// There are rows, keys and tokens in our memory. Whoever needs a dump can have
/// it by prlimit(1): the hard limit stays.
void forgo_core_dumps() {
  rlimit x{};
  if (getrlimit(RLIMIT_CORE, &x) != 0)
    return;
  x.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &x);
}

} // namespace

int main(int argc, char** argv) {
  forgo_core_dumps();
  take_signals();
  if (auto option = find_empty_option(argc, argv); !option.empty())
    return complain(option + " has no value; see bqstreamer --help",
                    exit_usage);
  CLI::App program{"Streams rows from actors into Google BigQuery.",
                   "bqstreamer"};
  program.set_version_flag("--version", version());
  program.require_subcommand(1);
  // A command takes the global options, too.
  program.fallthrough();
  action run;
  auto color = color_choice::automatic;
  add_color_option(program, color);
  add_node_command(program, run);
  add_sandbox_command(program, run);
  add_send_command(program, run);
  add_replay_command(program, run);
  add_errors_command(program, run, color);
  add_status_command(program, run, color);
  add_operate_commands(program, run);
  add_certificate_command(program, run);
  add_demo_command(program, run);
  add_document_commands(program, run, color);
  // Last, or commands that have none would take it over.
  program.footer(footer());
  try {
    program.parse(argc, argv);
    return run();
  } catch (const CLI::Success& ex) { // --help, --version
    return program.exit(ex);
  } catch (const CLI::RequiredError& ex) {
    // CLI11 misses a command and does not say what stands in its place.
    auto rest = program.remaining();
    auto wrong = program.get_subcommands().empty() && !rest.empty()
                     && !rest.front().starts_with('-')
                   ? rest.front() + " is no command"
                   : std::string{ex.what()};
    return complain(wrong + "; see bqstreamer --help", exit_usage);
  } catch (const CLI::ParseError& ex) {
    return complain(std::string{ex.what()} + "; see bqstreamer --help",
                    exit_usage);
  } catch (const std::exception& ex) {
    return complain(ex.what(), exit_software);
  }
}
