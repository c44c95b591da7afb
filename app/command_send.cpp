#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
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
#include "app/lock_file.hpp"
#include "app/sending.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// Returns what is wrong with an input, or an empty text.
std::string look_at(const std::string& name, const send_options& given) {
  namespace fs = std::filesystem;
  std::error_code error;
  auto path = fs::path{absolute_path(name)};
  if (given.follow && !fs::exists(path, error)
      && fs::is_directory(path.parent_path(), error))
    return {}; // it may appear later
  auto again = given.follow || !given.checkpoint.empty();
  if (auto facts = look_at_input(name); !facts.error.empty() || !again)
    return facts.error;
  return fs::is_regular_file(path, error) ? std::string{}
                                          : "it is no regular file";
}

int run_send(send_options& given) {
  if (given.files.empty())
    given.files.emplace_back("-");
  auto format = check(given);
  if (auto why = std::get_if<std::string>(&format))
    return complain(*why, exit_usage);
  for (auto& name : given.files)
    if (auto why = look_at(name, given); !why.empty())
      return complain(name + ": " + why + "; nothing was sent", exit_no_input);
  std::optional<lock_file> lock;
  std::variant<checkpoint, std::string> known;
  if (!given.checkpoint.empty()) {
    try {
      lock.emplace(given.checkpoint + ".lock");
    } catch (const std::runtime_error& ex) {
      return complain(ex.what(), exit_unavailable);
    }
    known = load_checkpoint(given.checkpoint);
    if (auto why = std::get_if<std::string>(&known))
      return complain(*why, exit_usage);
  }
  config cfg{default_workers()};
  auto opened = open_access(cfg, given.access);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  given.tls = std::get<access>(opened).tls;
  caf::actor_system sys{cfg};
  // A mistyped address shall not be tried for long; a file that is followed
  // may be there before the node.
  std::variant<node_actor, std::string> found;
  if (!given.follow) {
    auto where = std::get<peer_address>(parse_peer(given.node));
    found = connect_node(sys, where, 5s, given.tls);
    if (auto why = std::get_if<std::string>(&found))
      return complain(*why, exit_unavailable);
  }
  return sending{sys, given, std::get<format_options>(format),
                 std::move(std::get<checkpoint>(known))}
    .run();
}

void add_row_options(CLI::App& command, send_options& given) {
  command.add_option("--table", given.table, "Where the rows shall go")
    ->type_name("DATASET.TABLE");
  command
    .add_option("--table-field", given.table_field,
                "Field whose text names the row's table; rows without it go "
                "to --table")
    ->type_name("FIELD");
  command
    .add_option("--insert-id-field", given.insert_id_field,
                "Field whose text or integer is the row's insert id, by "
                "which the service drops copies")
    ->type_name("FIELD");
  command
    .add_option("--format", given.format,
                "ndjson or csv (with a header); without it csv for .csv and "
                ".csv.gz. What begins as gzip is unpacked")
    ->type_name("FORMAT");
  command
    .add_option("--delimiter", given.delimiter,
                "What separates the cells of CSV; \\t is a tab")
    ->type_name("CHARACTER")
    ->capture_default_str();
  command.add_flag("--infer", given.infer,
                   "Numbers, true and false of CSV as such, not as texts");
}

void add_run_options(CLI::App& command, send_options& given) {
  command.add_flag("--strict", given.strict,
                   "Stop reading at the first row that fails");
  command.add_flag("--follow", given.follow,
                   "Wait for more at the end of the files, also after they "
                   "are rotated, until SIGINT or SIGTERM");
  command
    .add_option("--checkpoint", given.checkpoint,
                "File that remembers which rows are settled: the next run "
                "goes on behind them")
    ->type_name("FILE");
  command
    .add_option("--give-up", given.give_up,
                "How long to wait for a node that was lost, 30s by default, "
                "and with --follow for ever")
    ->type_name("TIME");
  command.add_flag("--json", given.json, "Print the summary as JSON");
}

} // namespace

void add_send_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "send", "Sends rows from files, JSON lines or CSV, and waits until each "
            "is stored or failed");
  auto given = std::make_shared<send_options>();
  command->add_option("--to", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  add_access_options(*command, given->access, operates::no);
  add_row_options(*command, *given);
  add_run_options(*command, *given);
  command
    ->add_option("files", given->files,
                 "What to send; standard input without any, or for -")
    ->type_name("FILE");
  command->footer("Each row that fails is told on standard error as one JSON "
                  "object, with its file\nand line. Exits with 0 only if "
                  "every row that was read was stored.");
  command->callback(
    [given, &run] { run = [given] { return run_send(*given); }; });
}

} // namespace bqs::app
