#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <nlohmann/json.hpp>

#include "app/access_options.hpp"
#include "app/commands.hpp"
#include "app/receive.hpp"
#include "app/report.hpp"
#include "app/signals.hpp"
#include "app/status_page.hpp"
#include "app/terminal.hpp"
#include "app/value.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "http/printable.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What the command line says.
struct arguments {
  std::string node;
  access_files access;
  bool json = false;
  std::string watch;
  color_choice color = color_choice::automatic;
};

/// Returns with what to end when all was printed. Who reads only the beginning
/// has what he wants.
int written() {
  if (std::cout || reader_gone())
    return exit_ok;
  return complain("standard output takes no more", exit_unavailable);
}

std::string refusal(const status& x) {
  return "the node refused: " + x.text;
}

/// Prints what the node says about itself, once.
int print(const status& x, const arguments& given) {
  if (x.code != reply_code::ok)
    return complain(refusal(x), exit_unavailable);
  if (given.json) {
    std::cout << http::printable_json(x.json) << std::endl;
    return written();
  }
  auto read = read_status(x.json);
  if (auto why = std::get_if<std::string>(&read))
    return complain(*why, exit_software);
  status_view page;
  page.now = std::move(std::get<node_status>(read));
  auto on = output_paper(given.color);
  on.height = 0; // it may scroll
  std::cout << status_text(page, on) << std::flush;
  return written();
}

int ask_once(caf::actor_system& sys, const node_actor& node, const access& by,
             const arguments& given) {
  auto code = exit_unavailable;
  caf::scoped_actor self{sys};
  self->request(node, 10s, with_pass(get_status{}, by))
    .receive([&](const status& x) { code = print(x, given); },
             [&](const caf::error&) {
               complain("the node did not answer within 10s", code);
             });
  return code;
}

/// Asks again and again until a signal comes or nobody reads, and goes on when
/// the node is lost.
class watching {
public:
  watching(caf::actor_system& sys, peer_address where, const access& by,
           const arguments& given, std::chrono::milliseconds interval)
    : sys_(sys), self_(sys), where_(std::move(where)), by_(by), given_(given),
      interval_(interval) {
    view_.with_rates = true;
  }

  int run(const node_actor& first) {
    adopt(first);
    while (!ended()) {
      auto due = clock::now() + interval_;
      ask();
      if (!ended())
        draw();
      rest(due);
    }
    return code_;
  }

private:
  void adopt(const node_actor& x) {
    node_ = x;
    self_->monitor(x);
  }

  /// Whether it is over; every loop looks often.
  bool ended() {
    ended_ = ended_ || next_signal(0ms) || reader_gone();
    if (!ended_ && !std::cout) {
      code_ = complain("standard output takes no more", exit_unavailable);
      ended_ = true;
    }
    return ended_;
  }

  void ask() {
    // Nothing else is heard while it connects: it shall not take long.
    constexpr auto limit = 2s;
    if (!node_) {
      auto found = connect_node(sys_, where_, limit, by_.tls);
      if (auto why = std::get_if<std::string>(&found))
        return lose(*why);
      adopt(std::get<node_actor>(found));
    }
    // Not a request: until it is answered, signals want to be seen.
    self_->send(*node_, with_pass(get_status{}, by_));
    listen(clock::now() + std::max<std::chrono::milliseconds>(interval_, 5s));
  }

  void listen(clock::time_point deadline) {
    auto waits = true;
    while (waits && !ended()) {
      self_->receive(
        [&](const status& x) {
          waits = false;
          if (x.code == reply_code::ok)
            take(x.json);
          else
            lose(refusal(x));
        },
        [&](const caf::down_msg& x) {
          if (!node_ || x.source != node_->address())
            return; // one that was given up before
          waits = false;
          lose("the node is gone");
        },
        drop_others(), caf::after(50ms) >> [] {});
      if (waits && clock::now() > deadline) {
        waits = false;
        lose("the node does not answer");
      }
    }
  }

  void take(const std::string& json) {
    json_ = json;
    auto now = clock::now();
    auto read = read_status(json);
    if (auto why = std::get_if<std::string>(&read)) {
      code_ = complain(*why, exit_software);
      ended_ = true;
      return;
    }
    auto& found = std::get<node_status>(read);
    view_.rates.reset();
    if (last_)
      view_.rates = rates_between(
        view_.now, found, std::chrono::duration<double>(now - *last_).count());
    view_.now = std::move(found);
    view_.lost.clear();
    last_ = now;
    lost_.reset();
  }

  void lose(const std::string& why) {
    node_.reset();
    last_.reset();
    view_.rates.reset();
    why_ = why;
    if (!lost_)
      lost_ = std::chrono::system_clock::now();
  }

  void draw() {
    if (given_.json) {
      std::cout << (lost_ ? lost_json() : http::printable_json(json_))
                << std::endl;
      return;
    }
    if (lost_)
      view_.lost = lost_text();
    auto on = output_paper(given_.color);
    size_ = on;
    if (output_is_terminal()) {
      --on.height; // for the cursor
      page_.show(status_text(view_, on));
      return;
    }
    std::cout << (drawn_ ? "\n" : "") << status_text(view_, on) << std::flush;
    drawn_ = true;
  }

  std::string lost_text() const {
    auto since = std::chrono::system_clock::now() - *lost_;
    auto seconds = std::chrono::floor<std::chrono::seconds>(since).count();
    return "no answer since " + rfc3339(*lost_) + " ("
           + show_uptime(static_cast<std::uint64_t>(std::max(seconds, 0l)))
           + "), trying again: " + why_;
  }

  std::string lost_json() const {
    nlohmann::ordered_json result;
    result["lost_since"] = rfc3339(*lost_);
    result["message"] = why_;
    return to_line(result);
  }

  /// Waits for the next time; a window that changes its size wants the page
  /// anew before.
  void rest(clock::time_point due) {
    while (!ended() && clock::now() < due) {
      auto left
        = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
      if (next_signal(std::clamp<std::chrono::milliseconds>(left, 0ms, 100ms)))
        ended_ = true;
      auto now = output_paper(given_.color);
      if (!ended_ && !given_.json
          && (now.width != size_.width || now.height != size_.height))
        draw();
    }
  }

  caf::actor_system& sys_;
  caf::scoped_actor self_;
  peer_address where_;
  const access& by_;
  const arguments& given_;
  std::chrono::milliseconds interval_;
  std::optional<node_actor> node_;
  status_view view_;
  /// As the node said it, last.
  std::string json_;
  /// When that was; nothing if there is no picture to compare with.
  std::optional<clock::time_point> last_;
  /// Since when and why it does not answer.
  std::optional<std::chrono::system_clock::time_point> lost_;
  std::string why_;
  redrawn_page page_;
  paper size_;
  bool drawn_ = false;
  bool ended_ = false;
  int code_ = exit_ok;
};

/// Reads `--watch`: seconds, or a time with its unit.
std::optional<std::chrono::milliseconds> parse_interval(const std::string& x) {
  constexpr std::chrono::milliseconds least = 100ms;
  constexpr std::chrono::milliseconds most = 1h;
  auto result = parse_duration(x);
  if (auto seconds = parse_integer(x); seconds && *seconds <= 3600)
    result = std::chrono::seconds{*seconds};
  if (!result || *result < least || *result > most)
    return std::nullopt;
  return result;
}

int run_status(const arguments& given) {
  auto where = parse_peer(given.node);
  if (auto why = std::get_if<std::string>(&where))
    return complain("--of: " + *why, exit_usage);
  auto interval = parse_interval(given.watch);
  if (!given.watch.empty() && !interval)
    return complain("--watch must be seconds from 1 to 3600, or a time such "
                    "as 500ms, not "
                      + given.watch,
                    exit_usage);
  config cfg;
  auto opened = open_access(cfg, given.access);
  if (auto why = std::get_if<std::string>(&opened))
    return complain(*why, exit_usage);
  auto& by = std::get<access>(opened);
  caf::actor_system sys{cfg};
  auto& address = std::get<peer_address>(where);
  auto found = connect_node(sys, address, 5s, by.tls);
  if (auto why = std::get_if<std::string>(&found))
    return complain(*why, exit_unavailable);
  auto& node = std::get<node_actor>(found);
  if (interval)
    return watching{sys, address, by, given, *interval}.run(node);
  return ask_once(sys, node, by, given);
}

} // namespace

void add_status_command(CLI::App& program, action& run,
                        const color_choice& color) {
  auto command = program.add_subcommand(
    "status", "Prints what a node has accepted, stored, failed and still "
              "holds, by table");
  auto given = std::make_shared<arguments>();
  command->add_option("--of", given->node, "The node")
    ->type_name("HOST:PORT")
    ->required();
  add_access_options(*command, given->access, operates::yes);
  command->add_flag("--json", given->json, "Print the node's own JSON");
  command
    ->add_option("--watch", given->watch,
                 "Go on, every so many seconds (2), with rates; also when the "
                 "node is lost and comes back")
    ->type_name("SECONDS")
    ->expected(0, 1)
    ->default_str("2")
    ->option_text("[SECONDS]");
  command->footer("--watch writes the page over again on a terminal; in a pipe "
                  "pages have an empty\nline in between, and with --json "
                  "there is one line each time. A signal ends it.");
  command->callback([given, &run, &color] {
    given->color = color;
    run = [given] { return run_status(*given); };
  });
}

} // namespace bqs::app
