#include <exception>
#include <iostream>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/config.hpp>
#include <caf/error.hpp>

#include "actors/messages.hpp"
#include "app/commands.hpp"
#include "app/signals.hpp"

namespace {

using namespace bqs::app;

std::string version() {
  return std::string{"bqstreamer " BQS_VERSION " (protocol "} + bqs::protocol
         + ", CAF " + std::to_string(CAF_MAJOR_VERSION) + "."
         + std::to_string(CAF_MINOR_VERSION) + "."
         + std::to_string(CAF_PATCH_VERSION) + ")";
}

constexpr auto footer = R"(`bqstreamer COMMAND --help` tells more.

Exit codes:
   0  all is well
   1  demo: the counts do not agree
  64  the command line or the configuration is not understood; nothing started
  65  send: some rows failed
  66  an input file cannot be read
  69  the node cannot be reached or was lost, or an address is taken
  70  a mistake in the program itself
  75  node: rows were given up since the time for the drain was over
 130  ended by a signal before the work was done)";

} // namespace

int main(int argc, char** argv) {
  take_signals();
  CLI::App program{"Streams rows from actors into Google BigQuery.",
                   "bqstreamer"};
  program.set_version_flag("--version", version());
  program.footer(footer);
  program.require_subcommand(1);
  action run;
  add_node_command(program, run);
  add_sandbox_command(program, run);
  add_send_command(program, run);
  add_errors_command(program, run);
  add_status_command(program, run);
  add_demo_command(program, run);
  try {
    program.parse(argc, argv);
    return run();
  } catch (const CLI::Success& ex) { // --help, --version
    return program.exit(ex);
  } catch (const CLI::ParseError& ex) {
    return complain(std::string{ex.what()} + "; see bqstreamer --help",
                    exit_usage);
  } catch (const std::exception& ex) {
    return complain(ex.what(), exit_software);
  }
}
