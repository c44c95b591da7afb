#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "app/access_options.hpp"
#include "app/commands.hpp"
#include "app/failure_printer.hpp"
#include "app/receive.hpp"
#include "app/signals.hpp"
#include "app/terminal.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/subscriber.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What the command line says.
struct arguments {
  std::string node;
  access_files access;
  std::string table;
  std::uint32_t last = 20;
  bool follow = false;
  bool json = false;
  bool columns = false;
  color_choice color = color_choice::automatic;
};

/// Subscribes `self`. Returns how many past failures will come first, or what
/// is wrong.
std::variant<std::uint64_t, std::string>
subscribe(caf::scoped_actor& self, const node_actor& to, const join& wanted) {
  std::variant<std::uint64_t, std::string> result;
  self->request(to, 10s, wanted)
    .receive(
      [&](const reply& x) {
        if (x.code == reply_code::ok)
          result = x.rows;
        else
          result = "the node refuses: " + to_string(x.code) + " " + x.text;
      },
      [&](const caf::error&) {
        result = "the node did not answer within 10s";
      });
  return result;
}

failure_printer make_printer(const arguments& given) {
  auto in_columns = given.columns || (output_is_terminal() && !given.json);
  return {in_columns ? failure_form::columns : failure_form::json,
          output_paper(given.color)};
}

/// Prints to standard output, as long as somebody reads it.
class output {
public:
  explicit output(const arguments& given) : printer_(make_printer(given)) {
    // nop
  }

  template <class T>
  void print(const T& x) {
    std::cout << printer_.text(x) << std::flush;
  }

  /// Returns with what to end, if it cannot go on.
  std::optional<int> verdict() const {
    // Who reads only the beginning has what he wants: that is no failure.
    if (reader_gone())
      return exit_ok;
    if (!std::cout)
      return complain("standard output takes no more", exit_unavailable);
    return std::nullopt;
  }

private:
  failure_printer printer_;
};

/// Prints the past failures and ends.
int print_past(caf::scoped_actor& self, const node_actor& source,
               std::uint64_t past, const arguments& given) {
  output to{given};
  std::optional<int> code;
  // What the node said will come next comes soon, or not at all.
  constexpr auto patience = 10s;
  auto deadline = clock::now() + patience;
  auto count = [&](std::uint64_t rows) {
    past -= std::min(past, rows);
    deadline = clock::now() + patience;
  };
  while (!code && past > 0) {
    self->receive(
      [&](const failures& x) {
        to.print(x);
        count(rows_in(x));
        self->send(source, failures_ack{x.number});
      },
      [&](const missed& x) {
        to.print(x);
        count(x.rows);
      },
      [&](const caf::down_msg&) {
        code = complain("the node is gone", exit_unavailable);
      },
      drop_others(), caf::after(100ms) >> [] {});
    if (!code)
      code = to.verdict();
    if (!code && past > 0 && clock::now() > deadline)
      code
        = complain("the node did not send all past failures", exit_unavailable);
    if (!code && next_signal(0ms))
      code = exit_interrupted;
  }
  return code.value_or(exit_ok);
}

int run_once(caf::actor_system& sys, const peer_address& where,
             const join& wanted, const access& by, const arguments& given) {
  auto found = connect_node(sys, where, 5s, by.tls);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  auto& source = std::get<node_actor>(found);
  caf::scoped_actor self{sys};
  self->monitor(source);
  auto joined = subscribe(self, source, with_pass(wanted, by));
  if (auto why = std::get_if<std::string>(&joined))
    return complain(*why, exit_unavailable);
  auto code = print_past(self, source, std::get<std::uint64_t>(joined), given);
  self->send(source, leave{});
  return code;
}

/// Prints what comes until a signal does, or nobody reads. A node that is lost
/// is waited for; one that is not there to begin with is not.
int follow(caf::actor_system& sys, const peer_address& where,
           const join& wanted, const access& by, const arguments& given) {
  output to{given};
  std::optional<int> code;
  auto there = false;
  auto ever = false;
  connector_options line;
  line.nodes = {where};
  line.tls = by.tls;
  subscriber_options wishes;
  wishes.last = wanted.last;
  wishes.admin_pass = by.admin_pass;
  if (wanted.table)
    wishes.table = *wanted.table;
  caf::scoped_actor self{sys};
  auto source = spawn_subscriber(
    sys, caf::actor_cast<caf::strong_actor_ptr>(self), line, wishes);
  while (!code) {
    self->receive(
      [&](const failures& x) {
        to.print(x);
        // What was not printed is not acknowledged.
        if (std::cout)
          self->send(source, failures_ack{x.number});
      },
      [&](const missed& x) { to.print(x); },
      [&](const connected& x) {
        if (std::exchange(ever, true) && !there)
          complain("connected to " + to_string(x.where), exit_ok);
        there = true;
      },
      [&](const lost& x) {
        if (!ever)
          code = complain(x.reason, exit_unavailable);
        else if (std::exchange(there, false))
          complain(x.reason + "; trying again", exit_ok);
      },
      drop_others(), caf::after(100ms) >> [] {});
    if (!code)
      code = to.verdict();
    if (!code && next_signal(0ms))
      code = exit_ok;
  }
  self->send(source, caf::close_atom_v);
  return *code;
}

int run_errors(const arguments& given) {
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--from: " + *why, exit_usage);
  join wanted;
  wanted.last = given.last;
  if (auto only = parse_table(given.table))
    wanted.table = *only;
  else if (!given.table.empty())
    return complain("--table must be DATASET.TABLE, not " + given.table,
                    exit_usage);
  config cfg;
  auto opened = open_access(cfg, given.access);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  auto& by = std::get<access>(opened);
  caf::actor_system sys{cfg};
  auto& to = std::get<peer_address>(where);
  return given.follow ? follow(sys, to, wanted, by, given)
                      : run_once(sys, to, wanted, by, given);
}

} // namespace

void add_errors_command(CLI::App& program, action& run,
                        const color_choice& color) {
  auto command = program.add_subcommand(
    "errors", "Prints rows that failed, and with --follow those that fail "
              "from now on");
  auto given = std::make_shared<arguments>();
  command->add_option("--from", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  add_access_options(*command, given->access, operates::yes);
  command->add_option("--table", given->table, "Only rows of this table")
    ->type_name("DATASET.TABLE");
  command
    ->add_option("--last", given->last,
                 "Most rows that failed before to begin with")
    ->type_name("N")
    ->capture_default_str();
  command->add_flag("--follow", given->follow,
                    "Go on with rows that fail from now on");
  auto json = command->add_flag(
    "--json", given->json,
    "One JSON object for each row, with the row: the default in a pipe");
  command
    ->add_flag("--short", given->columns,
               "One line for rows that failed together, without the rows: the "
               "default on a terminal")
    ->excludes(json);
  command->footer("Rows that failed faster than they were read are not shown "
                  "but counted in a line\nof their own, {\"missed\":N}.");
  command->callback([given, &run, &color] {
    given->color = color;
    run = [given] { return run_errors(*given); };
  });
}

} // namespace bqs::app
