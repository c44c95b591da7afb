#include <cerrno>
#include <chrono>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "app/commands.hpp"
#include "app/demo_rows.hpp"
#include "app/logging.hpp"
#include "app/receive.hpp"
#include "app/report.hpp"
#include "app/signals.hpp"
#include "app/status_page.hpp"
#include "app/temporary_directory.hpp"
#include "app/terminal.hpp"
#include "app/transfer.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "bqstreamer/node.hpp"
#include "http/small_file.hpp"
#include "sandbox/server.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

const std::string dataset = "machine";

/// What the command line says.
struct arguments {
  std::string index = "/var/lib/dpkg/status";
  bool keep = false;
};

/// Ends the demo early; not a mistake.
struct interrupted {};

/// Ends the demo with one line.
struct broken_off : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string next_steps(const std::string& program) {
  return "\nTry next, each in a terminal of its own:\n\n   " + program
         + " sandbox --port=9050 --create-tables\n   " + program
         + " node --bigquery.endpoint=http://127.0.0.1:9050 \\\n"
           "      --bigquery.credentials=none --bigquery.project=demo\n   "
         + program + " errors --from=127.0.0.1:4747 --follow\n"
         + "   echo '{\"hello\":\"world\"}' | " + program
         + " send --to=127.0.0.1:4747 --table=my.first\n";
}

template <class T>
T or_break_off(std::variant<T, std::string> x) {
  if (auto why = std::get_if<std::string>(&x))
    throw broken_off{*why};
  return std::move(std::get<T>(x));
}

/// A step of the demo, as the reader sees it.
void headline(int number, const std::string& text) {
  std::cout << '\n' << number << ". " << text << std::endl;
}

std::string indented(const std::string& text) {
  std::string result;
  auto fresh = true;
  for (auto c : text) {
    if (fresh && c != '\n')
      result += "   ";
    fresh = c == '\n';
    result += c;
  }
  return result;
}

std::vector<package> read_index(const std::string& path) {
  constexpr std::size_t most = 64u << 20; // some ten times a large machine's
  auto file = http::read_small_file(path, most);
  if (!file.fault.empty())
    throw broken_off{path + " cannot be read (" + file.fault
                     + "); --index names another file of that kind"};
  auto result = parse_packages(file.text);
  if (result.empty())
    throw broken_off{path
                     + " lists no installed packages; --index names "
                       "another file of that kind"};
  return result;
}

/// A node in a system of its own, as in a process of its own.
class demo_node {
public:
  explicit demo_node(const std::string& endpoint) {
    node_options wanted;
    wanted.bigquery.endpoint = endpoint;
    wanted.bigquery.project = "demo";
    wanted.bigquery.credentials = "none";
    wanted.defaults.batch.age = 200ms;
    wanted.drain_timeout = 10s;
    auto started = node::start(sys_, wanted);
    if (auto why = std::get_if<start_fault>(&started))
      throw broken_off{why->text};
    node_ = std::move(std::get<std::unique_ptr<node>>(started));
    port_ = or_break_off(node_->publish("127.0.0.1", 0));
  }

  peer_address address() const {
    return {"127.0.0.1", port_};
  }

  /// Stops the node in good order.
  drain_report drain() {
    node_->begin_drain();
    auto deadline = clock::now() + 30s;
    while (clock::now() < deadline) {
      if (auto report = node_->wait_drained(100ms))
        return *report;
      if (next_signal(0ms))
        throw interrupted{};
    }
    throw broken_off{"the node does not stop"};
  }

private:
  config cfg_;
  caf::actor_system sys_{cfg_};
  std::unique_ptr<node> node_;
  std::uint16_t port_ = 0;
};

/// Somebody who wants to hear of failures.
class subscriber {
public:
  subscriber(caf::actor_system& sys, const node_actor& node)
    : self_(sys), node_(node) {
    auto joined = false;
    self_->request(node_, 10s, join{})
      .receive([&](const reply& x) { joined = x.code == reply_code::ok; },
               [](const caf::error&) {
                 // `joined` says it
               });
    if (!joined)
      throw broken_off{"the node takes no subscriber"};
  }

  /// Waits until `wanted` failed rows were told, or for some seconds.
  const std::vector<std::string>& hear(std::uint64_t wanted) {
    auto deadline = clock::now() + 10s;
    while (lines_.size() < wanted && clock::now() < deadline) {
      if (next_signal(0ms))
        throw interrupted{};
      self_->receive(
        [this](const failures& x) {
          for (auto& item : x.items)
            for (auto& row : item.rows)
              lines_.push_back(failed_row_line(item, row));
          self_->send(node_, failures_ack{x.number});
        },
        drop_others(), caf::after(100ms) >> [] {});
    }
    return lines_;
  }

private:
  caf::scoped_actor self_;
  node_actor node_;
  std::vector<std::string> lines_;
};

/// All of it, step by step.
class demo {
public:
  explicit demo(const arguments& given) : given_(given) {
    // nop
  }

  int run() {
    std::cout << "Rows go from a sender to a node over TCP, and from the node "
                 "to BigQuery over HTTP.\nHere all of it runs in one process, "
                 "and a sandbox stands in for BigQuery.\n";
    auto packages = read_index(given_.index);
    start_sandbox();
    demo_node node{sandbox_->url()};
    headline(2, "A node listens on " + to_string(node.address())
                  + " for senders.");
    config cfg;
    caf::actor_system elsewhere{cfg}; // nothing in common with the node's
    auto found = or_break_off(connect_node(elsewhere, node.address(), 5s));
    subscriber failed{elsewhere, found};
    send(elsewhere, found, packages);
    show_failures(failed.hear(sent_.failed));
    show_books(elsewhere, found);
    auto report = node.drain();
    compare("accepted, as the node says", report.total.accepted, sent_.rows);
    compare("stored, as the node says", report.total.stored, sent_.stored);
    compare("failed, as the node says", report.total.failed, sent_.failed);
    compare("held at the end", report.total.held, 0);
    count_by_sql();
    return conclude();
  }

private:
  void start_sandbox() {
    sandbox::options wanted;
    wanted.port = 0;
    wanted.data = directory_.path();
    wanted.project = "demo";
    sandbox_ = std::make_unique<sandbox::server>(wanted);
    sandbox_->create_table(dataset, "packages", packages_schema());
    sandbox_->create_table(dataset, "dependencies", dependencies_schema());
    headline(1, "A sandbox serves BigQuery's REST interface on "
                  + sandbox_->url() + "\n   and keeps its rows in SQLite.");
  }

  void send(caf::actor_system& sys, const node_actor& to,
            const std::vector<package>& packages) {
    auto broken = broken_rows();
    std::size_t needs = 0;
    for (auto& x : packages)
      needs += x.depends.size();
    headline(3, "A sender reads this machine's package index and sends "
                  + group_digits(packages.size()) + " packages,\n   "
                  + group_digits(needs) + " dependencies and, among them, "
                  + group_digits(broken.size()) + " broken rows.");
    auto begin = clock::now();
    transfer_table(sys, to, "packages", [&](transfer& rows) {
      auto gap = packages.size() / (broken.size() + 1) + 1;
      for (std::size_t i = 0; i < packages.size(); ++i) {
        add(rows, package_row(packages[i]));
        if (auto k = i / gap; i % gap == gap - 1 && k < broken.size())
          add(rows, broken[k].json);
      }
      for (auto k = packages.size() / gap; k < broken.size(); ++k)
        add(rows, broken[k].json);
    });
    transfer_table(sys, to, "dependencies", [&](transfer& rows) {
      for (auto& x : packages)
        for (auto& row : dependency_rows(x))
          add(rows, row);
    });
    sent_.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    std::cout << indented(summary_text(sent_)) << std::endl;
    compare("of those, broken on purpose", broken.size(), sent_.failed);
  }

  /// Sends what `fill` adds, and waits until all of it is settled.
  template <class Fill>
  void transfer_table(caf::actor_system& sys, const node_actor& to,
                      const std::string& name, Fill fill) {
    status_line line;
    auto hear = [this](const settlement& x) {
      sent_.stored += x.stored;
      sent_.possibly_duplicated += x.possibly_duplicated;
      sent_.failed += x.rows - x.stored;
    };
    auto go_on = [&] {
      if (line.due())
        line.show("   " + name + ": " + progress_text(sent_, -1));
      if (next_signal(0ms))
        throw interrupted{};
      return clock::now() < deadline_;
    };
    auto make = [&](producer_options options) {
      return spawn_producer(sys, to, std::move(options));
    };
    transfer rows{sys, make, {"", dataset, name, ""}, hear, go_on};
    fill(rows);
    rows.finish();
    compare("settled after " + name, sent_.stored + sent_.failed, sent_.rows);
  }

  void add(transfer& rows, const std::string& json) {
    ++sent_.rows;
    rows.add(json);
  }

  void show_failures(const std::vector<std::string>& told) {
    headline(4, "A subscriber heard of each failed row, with its bytes "
                "(`bqstreamer errors --json` prints this):");
    std::cout << '\n';
    for (auto& line : told)
      std::cout << indented(line) << '\n';
    compare("failed, as the subscriber heard", told.size(), sent_.failed);
  }

  void show_books(caf::actor_system& sys, const node_actor& of) {
    headline(5, "The node keeps books: accepted = stored + failed + held "
                "(`bqstreamer status` prints this):");
    std::string json;
    caf::scoped_actor self{sys};
    self->request(of, 10s, get_status{})
      .receive([&](const status& x) { json = x.json; },
               [](const caf::error&) {
                 // `json` is empty then, and not understood
               });
    status_view page;
    page.now = or_break_off(read_status(json));
    std::cout << '\n' << indented(books_text(page, {})) << std::flush;
  }

  void count_by_sql() {
    headline(6, "What is really there, counted by SQL in the sandbox's "
                "database:");
    std::cout << '\n';
    std::uint64_t rows = 0;
    for (auto& name : {"packages", "dependencies"}) {
      auto count = sandbox_->count_rows(dataset, name);
      std::cout << R"(   SELECT COUNT(*) FROM ")" << dataset << '.' << name
                << R"("  -->  )" << group_digits(count) << '\n';
      rows += count;
    }
    sandbox_->stop();
    std::uint64_t distinct = 0;
    for (auto& [name, found] : sandbox::count_stored(directory_.path()))
      distinct += found.distinct_insert_ids;
    compare("rows in the database", rows, sent_.stored);
    compare("distinct insert ids in the database", distinct, sent_.stored);
  }

  /// Notes what does not agree.
  void compare(const std::string& what, std::uint64_t is,
               std::uint64_t expected) {
    if (is != expected)
      differences_ += "   " + what + ": " + group_digits(is) + ", not "
                      + group_digits(expected) + "\n";
  }

  int conclude() {
    if (given_.keep) {
      directory_.keep();
      std::cout << "\nThe rows are kept in " << directory_.path()
                << "/sandbox.db\n";
    }
    if (!differences_.empty()) {
      std::cout << "\nTHE COUNTS DO NOT AGREE:\n" << differences_ << std::flush;
      return exit_disagreement;
    }
    std::cout << "\nAll counts agree: " << group_digits(sent_.rows)
              << " rows sent = " << group_digits(sent_.stored) << " stored + "
              << group_digits(sent_.failed)
              << " failed; nothing lost, nothing twice.\n"
              << next_steps(program_invocation_name) << std::flush;
    return exit_ok;
  }

  const arguments& given_;
  clock::time_point deadline_ = clock::now() + 60s;
  temporary_directory directory_{"bqstreamer-demo-"};
  std::unique_ptr<sandbox::server> sandbox_;
  send_summary sent_;
  std::string differences_;
};

int run_demo(const arguments& given) {
  start_logging("error", "text");
  try {
    return demo{given}.run();
  } catch (const interrupted&) {
    return complain("the demo was ended early", exit_interrupted);
  } catch (const broken_off& ex) {
    return complain(ex.what(), exit_unavailable);
  }
}

} // namespace

void add_demo_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "demo", "Shows all of it in half a minute, without an account and without "
            "leaving anything behind");
  auto given = std::make_shared<arguments>();
  command->add_option("--index", given->index, "dpkg's index of packages")
    ->type_name("FILE")
    ->capture_default_str();
  command->add_flag("--keep", given->keep,
                    "Keep the sandbox's rows and print where they are");
  command->callback(
    [given, &run] { run = [given] { return run_demo(*given); }; });
}

} // namespace bqs::app
