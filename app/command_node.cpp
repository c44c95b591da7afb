#include <cstdlib>
#include <future>
#include <iostream>
#include <list>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <spdlog/spdlog.h>

#include "actors/listening.hpp"
#include "app/commands.hpp"
#include "app/logging.hpp"
#include "app/report.hpp"
#include "app/settings_reader.hpp"
#include "app/signals.hpp"
#include "bqstreamer/access.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "bqstreamer/node.hpp"

namespace bqs::app {

namespace {

/// Waits for the end of a drain; a signal or a message begins it. A second
/// signal ends the program at once.
drain_report serve(node& served) {
  constexpr auto step = 100ms;
  auto asked = false;
  while (true) {
    if (auto signal = next_signal(step)) {
      if (asked) {
        std::cout << std::flush;
        std::cerr << "bqstreamer: ended at once; what was held is lost\n";
        std::_Exit(exit_interrupted);
      }
      asked = true;
      served.begin_drain();
    }
    if (auto report = served.wait_drained(0ms))
      return *report;
  }
}

/// Starts a node, which may have to wait for a metadata server; a signal ends
/// the program meanwhile, as there is nothing to drain yet.
std::variant<std::unique_ptr<node>, start_fault> start(caf::actor_system& sys,
                                                       node_options options) {
  constexpr auto step = 20ms;
  auto started = std::async(
    std::launch::async, [&] { return node::start(sys, std::move(options)); });
  while (started.wait_for(step) != std::future_status::ready)
    if (next_signal(0ms)) {
      std::cerr << "bqstreamer: ended by a signal before the node began\n";
      std::_Exit(exit_ok);
    }
  return started.get();
}

int verdict(const drain_report& x) {
  if (!x.total.balanced() || x.total.held > x.unwritten)
    return exit_software;
  if (x.unwritten > 0)
    return exit_unwritten;
  return x.shut_down > 0 ? exit_gave_up : exit_ok;
}

/// Each connection takes a file descriptor, and some stay for CAF to open its
/// files with while it takes in one more.
void raise_descriptor_limit() {
  constexpr rlim_t spare = 64;
  rlimit x{};
  if (getrlimit(RLIMIT_NOFILE, &x) != 0 || x.rlim_max <= 2 * spare)
    return;
  x.rlim_cur = x.rlim_max - spare;
  setrlimit(RLIMIT_NOFILE, &x);
}

/// Has the C library keep what blocks and bodies have freed for the next ones:
/// it would give it back to the kernel, which then has to clear pages for each
/// (docs/performance.md, *As fast as it goes*).
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

int run_node(settings wanted) {
  start_logging(wanted.log_level, wanted.log_format);
  keep_freed_memory();
  raise_descriptor_limit();
  config cfg{wanted.node_workers > 0 ? wanted.node_workers : default_workers()};
  auto opened = open_access(cfg, wanted.node_access, "node.", tls_role::node);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  auto& by = std::get<access>(opened);
  if (auto why = check_listening(wanted.node_address, by.tls); !why.empty())
    return complain("node.address " + why, exit_usage);
  wanted.node.admin_pass = by.admin_pass;
  caf::actor_system sys{cfg};
  auto started = start(sys, wanted.node);
  if (auto why = std::get_if<start_fault>(&started))
    return complain(why->text, why->may_pass ? exit_unavailable : exit_usage);
  auto mine = std::move(std::get<std::unique_ptr<node>>(started));
  auto published = mine->publish(wanted.node_address, wanted.node_port, by.tls);
  if (auto why = std::get_if<std::string>(&published))
    return complain("node.address, node.port: " + *why, exit_unavailable);
  peer_address here{wanted.node_address, std::get<std::uint16_t>(published)};
  std::cout << "bqstreamer: node listens on " << to_string(here)
            << (by.tls ? " with TLS" : "") << ", sends to "
            << wanted.node.bigquery.endpoint << std::endl;
  if (auto& path = wanted.node.dead_letters.directory; !path.empty())
    std::cout << "bqstreamer: failed rows go to " << path << std::endl;
  auto report = serve(*mine);
  std::cout << drain_text(report) << std::flush;
  return verdict(report);
}

/// What the command line says.
struct arguments {
  std::string file;
  /// By setting; usually empty, more than one is a mistake.
  std::list<std::pair<std::string, std::vector<std::string>>> settings;
};

std::variant<settings, std::string> load(const arguments& x) {
  std::vector<setting_option> options;
  for (auto& [key, values] : x.settings)
    for (auto& value : values)
      options.push_back({key, value});
  return load_settings(x.file, options);
}

} // namespace

void add_node_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "node", "Takes rows from senders and streams them into BigQuery");
  auto given = std::make_shared<arguments>();
  command
    ->add_option("--config-file", given->file,
                 "INI file; config/bqstreamer.ini explains every setting")
    ->type_name("FILE");
  for (auto& x : all_settings()) {
    given->settings.push_back({x.key(), {}});
    command
      ->add_option("--" + x.key(), given->settings.back().second,
                   x.meaning + "; " + x.allowed + " (" + default_of(x) + ")")
      ->type_name(x.placeholder)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("[" + x.group + "]");
  }
  command->footer("SIGTERM and SIGINT begin a drain: what is held is delivered "
                  "first. A second\nsignal ends the node at once.");
  command->callback([given, &run] {
    run = [given] {
      auto loaded = load(*given);
      if (auto why = std::get_if<std::string>(&loaded))
        return complain(*why, exit_usage);
      return run_node(std::move(std::get<settings>(loaded)));
    };
  });
}

} // namespace bqs::app
