// The sender of the benches, a process of its own. Says `ready` when it is
// connected and has had one row stored, begins when it reads a line, prints
// `result` and a JSON object when all its rows are settled, and ends with its
// input.
//
//   bench_sender KEY=VALUE...
//
// To whom:
//   node=PORT          a node; with tls=DIR by mutual TLS, with the files
//                      peer.crt, peer.key and ca.crt of that directory
//   endpoint=URL       the service, through a node in this process, with each
//                      set=SETTING=VALUE
// How:
//   by=producer        through a producer, each block built anew, row by row
//   by=blocks          straight to the gate, ready-made
//   rows=N size=BYTES  of a block and of a row
//   tables=N           in turn
//   window=BYTES       of a table, for a producer
//   pack=ROWS          of a block of the producer; as rows unless it is given
//   ahead=BLOCKS       most without a receipt, with by=blocks
// How long:
//   milliseconds=N     or
//   blocks=N           or
//   until=full         until the node refuses what comes; then says `full`
//   pause=MICROSECONDS between two blocks; then the result has latencies, with
//   age=MILLISECONDS   the node's batch.age
//
// The result's samples are [seconds of the steady clock, rows stored so far,
// age of the oldest block without a receipt in seconds].

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <nlohmann/json.hpp>

#include "app/settings_reader.hpp"
#include "bench/program.hpp"
#include "bench/rows.hpp"
#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "bqstreamer/node.hpp"
#include "bqstreamer/producer.hpp"

namespace bqs::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using json = nlohmann::ordered_json;

double seconds(steady::duration x) {
  return std::chrono::duration<double>(x).count();
}

/// What the words say about the load.
struct wishes {
  explicit wishes(const words& given)
    : rows(given.number("rows", 500)), size(given.number("size", 200)),
      ahead(given.number("ahead", 64)), most_blocks(given.number("blocks", 0)),
      time(given.number("milliseconds", 0)), pause(given.number("pause", 0)),
      age(given.number("age", 0)), until_full(given.text("until") == "full") {
    for (std::uint64_t i = 0; i < given.number("tables", 1); ++i)
      tables.push_back(
        *parse_table("ds." + given.text("prefix", "t") + std::to_string(i)));
  }

  /// Whether no further block shall follow.
  bool met(std::uint64_t blocks, steady::duration passed) const {
    return (most_blocks > 0 && blocks >= most_blocks)
           || (time > 0ms && passed >= time);
  }

  std::uint64_t rows;
  std::uint64_t size;
  std::uint64_t ahead;
  std::uint64_t most_blocks;
  std::chrono::milliseconds time;
  std::chrono::microseconds pause;
  std::chrono::milliseconds age;
  bool until_full;
  std::vector<table_ref> tables;
};

/// What becomes of the rows, over time.
struct record {
  steady::time_point begin = steady::now();
  steady::time_point next_sample = begin;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  json samples = json::array();

  void sample(steady::duration oldest) {
    constexpr auto period = 100ms;
    auto now = steady::now();
    if (now < next_sample)
      return;
    next_sample = now + period;
    samples.push_back(
      {seconds(now.time_since_epoch()), stored, seconds(oldest)});
  }

  json result() const {
    return {{"stored", stored},
            {"failed", failed},
            {"seconds", seconds(steady::now() - begin)},
            {"samples", samples}};
  }
};

/// The value that a share of the values do not exceed.
double quantile(std::vector<double> xs, double share) {
  if (xs.empty())
    return 0;
  std::ranges::sort(xs);
  return xs[static_cast<std::size_t>(share
                                     * static_cast<double>(xs.size() - 1))];
}

json quantiles(const std::vector<double>& xs) {
  return {{"n", xs.size()},
          {"p50", quantile(xs, 0.5)},
          {"p99", quantile(xs, 0.99)},
          {"max", quantile(xs, 1)}};
}

// -- through a producer -------------------------------------------------------

json push_rows(caf::actor_system& sys, const sender_actor& to,
               const wishes& load, const words& given) {
  producer_options options;
  options.block_rows
    = static_cast<std::uint32_t>(given.number("pack", load.rows));
  options.window = given.number("window", options.window);
  auto packer = spawn_producer(sys, to, options);
  caf::scoped_actor self{sys};
  auto texts = make_rows(load.rows, load.size);
  auto most_waiting = 2 * load.tables.size() + 6;
  record seen;
  std::size_t waiting = 0;
  std::uint64_t blocks = 0;
  auto closed = false;
  auto handle_one = [&] {
    self->receive([&](const pushed&) { --waiting; },
                  [&](const settlement& x) {
                    seen.stored += x.stored;
                    seen.failed += x.rows - x.stored;
                  },
                  [&](const producer_totals&) { closed = true; },
                  caf::after(100ms) >> [] {});
    seen.sample({});
  };
  block_builder some;
  while (!load.met(blocks, steady::now() - seen.begin)) {
    for (auto& x : texts)
      some.add(std::string_view{x});
    self->send(packer, push{load.tables[blocks % load.tables.size()],
                            some.take_rows(), blocks * load.rows});
    ++blocks;
    ++waiting;
    while (waiting >= most_waiting)
      handle_one();
  }
  self->send(packer, caf::close_atom_v);
  while (!closed)
    handle_one();
  auto result = seen.result();
  self->send_exit(packer, caf::exit_reason::user_shutdown);
  return result;
}

// -- straight to the gate -----------------------------------------------------

/// Sends ready-made blocks and sees each to its receipt.
class block_load {
public:
  block_load(caf::actor_system& sys, sender_actor to, const wishes& load)
    : self_(sys), to_(std::move(to)), load_(load),
      bytes_(pack_rows(load.rows, load.size)), stream_(make_stream_id()) {
    // nop
  }

  json run() {
    auto next = seen_.begin;
    while (!over_) {
      auto now = steady::now();
      if (full_ || load_.met(sent_, now - seen_.begin)) {
        over_ = true;
      } else if (now >= next && may_send()) {
        send_next(now);
        next = load_.pause > 0us ? next + load_.pause : now;
      } else {
        handle_one(may_send() ? next - now : 100ms);
      }
    }
    if (full_)
      std::cout << "full " << load_.rows * (sent_ - given_up_) << std::endl;
    while (!out_.empty())
      handle_one(100ms);
    auto result = seen_.result();
    result["blocks"] = sent_ - given_up_;
    result["refused"] = refused_;
    if (load_.pause > 0us)
      result["latencies"] = latencies();
    return result;
  }

private:
  /// Most blocks that the node has not even admitted or refused.
  static constexpr std::uint64_t most_unanswered = 64;

  /// A block without a receipt.
  struct open {
    steady::time_point since;
    std::size_t table = 0;
  };

  bool may_send() const {
    return out_.size() < load_.ahead && unanswered_ < most_unanswered;
  }

  void send_next(steady::time_point now) {
    auto first = sent_ * load_.rows;
    auto table = sent_ % load_.tables.size();
    out_.emplace(first, open{now, table});
    send(first, table);
    ++sent_;
  }

  void send(std::uint64_t first, std::size_t table) {
    ++unanswered_;
    self_->send(to_, block{stream_, first, load_.tables[table], bytes_, {}});
  }

  void handle(const admission& x) {
    --unanswered_;
    if (x.code == admission_code::accepted) {
      refusals_in_a_row_ = 0;
      return;
    }
    auto i = out_.find(x.first);
    if (i == out_.end())
      return;
    ++refused_;
    ++refusals_in_a_row_;
    if (x.code != admission_code::overloaded)
      throw std::runtime_error{"refused: " + to_string(x.code) + " " + x.text};
    if (load_.until_full) {
      // A table may have its share while another one has room.
      full_ = refusals_in_a_row_ > 2 * load_.tables.size() + most_unanswered;
      ++given_up_;
      out_.erase(i);
    } else {
      again_.emplace_back(steady::now() + x.wait, x.first);
    }
  }

  void handle(const receipt& x) {
    self_->send(to_, receipts_ack{1});
    auto i = out_.find(x.first);
    if (i == out_.end())
      return;
    seen_.stored += x.stored;
    seen_.failed += x.rows - x.stored;
    if (load_.pause > 0us)
      times_.emplace_back(i->second.since, steady::now());
    out_.erase(i);
  }

  void handle_one(steady::duration most) {
    self_->receive([this](const admission& x) { handle(x); },
                   [this](const receipt& x) { handle(x); },
                   caf::after(std::chrono::duration_cast<caf::timespan>(
                     std::max(most, steady::duration{0})))
                     >> [] {});
    auto now = steady::now();
    while (!again_.empty() && again_.front().first <= now) {
      auto first = again_.front().second;
      again_.pop_front();
      if (auto i = out_.find(first); i != out_.end())
        send(first, i->second.table);
    }
    seen_.sample(out_.empty() ? steady::duration{}
                              : now - out_.begin()->second.since);
  }

  /// Milliseconds from push to receipt: of all blocks, and of the first one of
  /// each request, before whose receipt there were none for a while.
  json latencies() const {
    std::vector<double> all;
    std::vector<double> first;
    auto last = seen_.begin;
    for (auto& [pushed, done] : times_) {
      all.push_back(seconds(done - pushed) * 1000);
      if (done - last > load_.age / 2)
        first.push_back(all.back());
      last = done;
    }
    return {{"all", quantiles(all)}, {"first", quantiles(first)}};
  }

  caf::scoped_actor self_;
  sender_actor to_;
  const wishes& load_;
  std::shared_ptr<const block_bytes> bytes_;
  stream_id stream_;
  record seen_;
  /// By number of their first row, so by age.
  std::map<std::uint64_t, open> out_;
  std::deque<std::pair<steady::time_point, std::uint64_t>> again_;
  std::vector<std::pair<steady::time_point, steady::time_point>> times_;
  std::uint64_t sent_ = 0;
  std::uint64_t unanswered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t refusals_in_a_row_ = 0;
  std::uint64_t given_up_ = 0;
  bool full_ = false;
  bool over_ = false;
};

// -- the process --------------------------------------------------------------

[[noreturn]] void fail(const std::string& why) {
  throw std::runtime_error{why};
}

std::unique_ptr<node> start_node(caf::actor_system& sys, const words& given) {
  std::vector<app::setting_option> options{
    {"bigquery.endpoint", given.text("endpoint")},
    {"bigquery.project", "bench"},
    {"bigquery.credentials", "none"}};
  for (auto& x : given.texts("set")) {
    auto at = x.find('=');
    options.push_back({x.substr(0, at), x.substr(at + 1)});
  }
  auto read = app::load_settings({}, options);
  if (auto why = std::get_if<std::string>(&read))
    fail(*why);
  auto started = node::start(sys, std::get<app::settings>(read).node);
  if (auto why = std::get_if<start_fault>(&started))
    fail(why->text);
  return std::move(std::get<std::unique_ptr<node>>(started));
}

node_actor connect(caf::actor_system& sys, const words& given) {
  peer_address where{"127.0.0.1",
                     static_cast<std::uint16_t>(given.number("node", 0))};
  auto found = connect_node(sys, where, 10s, !given.text("tls").empty());
  if (auto why = std::get_if<std::string>(&found))
    fail(*why);
  return std::get<node_actor>(found);
}

/// Brings one row all the way, so that the way is open.
void store_one(caf::actor_system& sys, const node_actor& to,
               const table_ref& table) {
  caf::scoped_actor self{sys};
  self->send(to, block{make_stream_id(), 0, table, pack_rows(1, 50), {}});
  auto stored = false;
  auto wait = [&] {
    self->receive([](const admission&) {}, [](const reply&) {},
                  [&](const receipt& x) { stored = x.stored == 1; },
                  caf::after(10s) >> [] { fail("nothing is stored"); });
  };
  wait();
  self->send(to, flush{});
  while (!stored)
    wait();
  self->send(to, receipts_ack{1});
}

void run(const words& given) {
  config cfg{default_workers()};
  if (auto folder = given.text("tls"); !folder.empty())
    if (auto why = use_tls(cfg, {folder + "/peer.crt", folder + "/peer.key", "",
                                 folder + "/ca.crt"});
        !why.empty())
      fail(why);
  caf::actor_system sys{cfg};
  std::unique_ptr<node> mine;
  node_actor to;
  if (given.text("endpoint").empty()) {
    to = connect(sys, given);
  } else {
    mine = start_node(sys, given);
    to = mine->gate();
  }
  wishes load{given};
  store_one(sys, to, load.tables.front());
  wait_for_go();
  auto result = given.text("by", "producer") == "producer"
                  ? push_rows(sys, to, load, given)
                  : block_load{sys, to, load}.run();
  tell(result);
  if (mine) {
    mine->begin_drain();
    mine->wait_drained(1min);
  }
}

} // namespace

} // namespace bqs::bench

int main(int argc, char** argv) {
  return bqs::bench::run_program("bench_sender", argc, argv, bqs::bench::run);
}
