#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>

#include "app/commands.hpp"
#include "app/connect.hpp"
#include "app/input_file.hpp"
#include "app/insert_id.hpp"
#include "app/line_splitter.hpp"
#include "app/report.hpp"
#include "app/row_origins.hpp"
#include "app/signals.hpp"
#include "app/terminal.hpp"
#include "app/transfer.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Far above what the service takes; below, the node says what is wrong.
constexpr std::size_t longest_line = 10u << 20;

/// What the command line says.
struct arguments {
  std::string node;
  std::string table;
  std::string insert_id_field;
  bool json = false;
  std::vector<std::string> files;
};

std::string display_name(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

/// One run of the command, from the first line read to the last row settled.
class sending {
public:
  sending(caf::actor_system& sys, const node_actor& node, table_ref table,
          const arguments& given)
    : given_(given),
      rows_(
        sys, node, std::move(table), [this](const settlement& x) { settle(x); },
        [this] { return go_on(); }) {
    if (!given.insert_id_field.empty())
      ids_ = std::make_unique<insert_id_reader>(given.insert_id_field);
  }

  /// Sends all files, prints the summary, and returns the exit code.
  int run() {
    measure();
    auto code = exit_ok;
    for (file_ = 0; file_ < given_.files.size() && healthy(); ++file_)
      code = std::max(code, send_file(given_.files[file_]));
    rows_.finish();
    line_.clear();
    summary_.seconds = elapsed();
    std::cout << (given_.json ? summary_json(summary_) : summary_text(summary_))
              << std::endl;
    return verdict(code);
  }

private:
  bool healthy() const {
    return !interrupted_ && !rows_.lost();
  }

  double elapsed() const {
    return std::chrono::duration<double>(clock::now() - begin_).count();
  }

  /// Adds the sizes up, for the progress; unknown if one of them is.
  void measure() {
    for (auto& name : given_.files) {
      auto size = look_at_input(name).size;
      known_ = known_ && size > 0;
      bytes_ += size;
    }
  }

  int send_file(const std::string& name) {
    input_file file{name};
    line_splitter lines{longest_line};
    auto take = [this](const input_line& x) {
      add(x);
      return healthy();
    };
    std::string piece;
    while (healthy()) {
      switch (file.read(piece, 50ms)) {
        case input_file::result::data:
          read_ += piece.size();
          lines.feed(piece, take);
          break;
        case input_file::result::nothing_yet:
          rows_.flush(); // the next line may take long to come
          break;
        case input_file::result::end:
          lines.finish(take);
          return exit_ok;
        case input_file::result::error:
          line_.clear();
          return complain(name + ": " + file.error(), exit_no_input);
      }
      rows_.listen(0ms);
      go_on();
    }
    if (rows_.lost()) {
      unread_ = true;
      line_.clear();
      complain("the node is gone; " + display_name(name)
                 + " was not read to its end",
               exit_unavailable);
    }
    return exit_ok;
  }

  void add(const input_line& x) {
    ++summary_.rows;
    if (x.too_long)
      return fail({file_, x.number},
                  {"too_large",
                   "the line is longer than 10 MiB and was not sent",
                   {},
                   0,
                   false});
    origins_.add({file_, x.number});
    rows_.add(x.text, ids_ ? ids_->read(x.text) : std::string_view{});
  }

  void settle(const settlement& x) {
    summary_.stored += x.stored;
    summary_.possibly_duplicated += x.possibly_duplicated;
    for (auto& why : x.reasons)
      node_lost_ = node_lost_ || why.reason == "node_lost";
    for (auto& range : x.failures)
      for (std::uint32_t i = 0; i < range.rows; ++i)
        fail(origins_.find(range.first + i), x.reasons[range.reason]);
    origins_.settle(x.tag, x.rows);
  }

  void fail(const row_origin& where, const failure_reason& why) {
    ++summary_.failed;
    line_.clear();
    std::cerr << failed_line(display_name(given_.files[where.file]), where.line,
                             why)
              << '\n';
  }

  /// Shows how far it is; returns whether nobody has asked to stop.
  bool go_on() {
    interrupted_ = interrupted_ || next_signal(0ms).has_value();
    if (line_.due()) {
      summary_.seconds = elapsed();
      auto done = known_
                    ? static_cast<double>(read_) / static_cast<double>(bytes_)
                    : -1.0;
      line_.show(progress_text(summary_, done));
    }
    return !interrupted_;
  }

  int verdict(int code) const {
    if (interrupted_)
      return exit_interrupted;
    // A node that went when it had told all has not been lost.
    if (unread_ || node_lost_)
      return exit_unavailable;
    if (code != exit_ok)
      return code;
    if (summary_.unsettled() > 0)
      return complain("the sender broke down; the fate of some rows is not "
                      "known",
                      exit_software);
    return summary_.failed > 0 ? exit_data : exit_ok;
  }

  const arguments& given_;
  clock::time_point begin_ = clock::now();
  send_summary summary_;
  row_origins origins_;
  std::unique_ptr<insert_id_reader> ids_;
  status_line line_;
  std::uint32_t file_ = 0;
  std::uint64_t bytes_ = 0;
  bool known_ = true;
  std::uint64_t read_ = 0;
  bool interrupted_ = false;
  /// The node went before the input had been read to its end.
  bool unread_ = false;
  /// The node went before it had told what became of some rows.
  bool node_lost_ = false;
  /// Last, for it calls back into all of the above.
  transfer rows_;
};

int run_send(arguments& given) {
  if (given.files.empty())
    given.files.emplace_back("-");
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--to: " + *why, exit_usage);
  auto table = parse_table(given.table);
  if (!table)
    return complain("--table must be DATASET.TABLE, not " + given.table,
                    exit_usage);
  for (auto& name : given.files)
    if (auto why = look_at_input(name).error; !why.empty())
      return complain(name + ": " + why + "; nothing was sent", exit_no_input);
  system_config cfg;
  caf::actor_system sys{cfg};
  auto found = connect_node(sys, std::get<peer_address>(where), 5s);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  return sending{sys, std::get<node_actor>(found), *table, given}.run();
}

} // namespace

void add_send_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "send", "Sends rows, one JSON object per line, and waits until each is "
            "stored or failed");
  auto given = std::make_shared<arguments>();
  command->add_option("--to", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  command->add_option("--table", given->table, "Where the rows shall go")
    ->type_name("DATASET.TABLE")
    ->required();
  command
    ->add_option("--insert-id-field", given->insert_id_field,
                 "Field whose text or integer is the row's insert id, by "
                 "which the service drops copies")
    ->type_name("FIELD");
  command->add_flag("--json", given->json, "Print the summary as JSON");
  command
    ->add_option("files", given->files,
                 "What to send; standard input without any, or for -")
    ->type_name("FILE");
  command->footer("Each row that fails is told on standard error as one JSON "
                  "object, with its file\nand line. Exits with 0 only if "
                  "every row was stored.");
  command->callback(
    [given, &run] { run = [given] { return run_send(*given); }; });
}

} // namespace bqs::app
