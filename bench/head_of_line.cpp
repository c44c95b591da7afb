// What tables in trouble cost those that are well: one table that fails for
// ever and one that answers after 30 s, beside 50 healthy ones that all get
// rows as fast as they take them. Prints how fast the healthy ones are without
// and with the two, and the ratio; asserts nothing. On a machine that does
// other things, too, the processor time of a row says more: it is that of node,
// sender and sandbox together.
//
//   head_of_line [ROWS OF EACH TABLE] [ROUNDS]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <sys/resource.h>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/node.hpp"
#include "bqstreamer/producer.hpp"
#include "sandbox/server.hpp"

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::uint32_t healthy_tables = 50;
constexpr std::uint32_t rows_of_push = 500;

const std::string text
  = "{\"name\":\"" + std::string(170, 'x') + "\",\"number\":1234567}";

std::shared_ptr<const bqs::block_bytes> make_rows() {
  bqs::block_builder result;
  for (std::uint32_t i = 0; i < rows_of_push; ++i)
    result.add(text);
  return result.take_rows();
}

std::vector<bqs::table_ref> tables(bool with_sick) {
  std::vector<bqs::table_ref> result;
  if (with_sick)
    for (auto name : {"ds.sick", "ds.slow"})
      result.push_back(*bqs::parse_table(name));
  for (std::uint32_t i = 0; i < healthy_tables; ++i)
    result.push_back(*bqs::parse_table("ds.t" + std::to_string(i)));
  return result;
}

/// Tells of the end of a run.
using over = caf::ok_atom;

/// Pushes rows to each table, as fast as the table takes them, and tells when
/// those of the healthy ones are stored.
caf::behavior load(caf::event_based_actor* self, bqs::producer_actor to,
                   bool with_sick, std::uint64_t pushes, caf::actor whom) {
  struct progress {
    std::vector<bqs::table_ref> all;
    std::shared_ptr<const bqs::block_bytes> rows = make_rows();
    std::uint64_t left = 0;
  };
  auto at = std::make_shared<progress>();
  at->all = tables(with_sick);
  at->left = healthy_tables * pushes * rows_of_push;
  for (std::size_t i = 0; i < at->all.size(); ++i)
    self->send(self, caf::put_atom_v, std::uint64_t{i}, std::uint64_t{0});
  return {
    [=](caf::put_atom, std::uint64_t table, std::uint64_t n) {
      if (n == pushes)
        return;
      self
        ->request(to, caf::infinite,
                  bqs::push{at->all[table], at->rows, n * rows_of_push})
        .then([=](const bqs::pushed&) {
          self->send(self, caf::put_atom_v, table, n + 1);
        });
    },
    [=](const bqs::settlement& x) {
      if (x.table.table.front() != 't')
        return;
      at->left -= std::min<std::uint64_t>(at->left, x.stored);
      if (at->left == 0)
        self->send(whom, over{});
    },
  };
}

/// What a run has shown.
struct result {
  /// Rows of the healthy tables that are stored in a second.
  double rows_per_second = 0;
  /// Microseconds of processor time for each of them.
  double cost = 0;
};

/// Seconds of processor time that this process has taken.
double processor_time() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec)
           + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

result run(bool with_sick, std::uint64_t pushes) {
  bqs::sandbox::options here;
  here.port = 0;
  here.create_tables = true;
  for (auto fault : {"table=ds.sick,status=503", "table=ds.slow,latency=30s"})
    here.faults.push_back(
      std::get<bqs::sandbox::fault>(bqs::sandbox::parse_fault(fault)));
  bqs::sandbox::server box{here};
  bqs::config cfg{bqs::default_workers()};
  caf::actor_system sys{cfg};
  bqs::node_options options;
  options.bigquery.endpoint = box.url();
  options.bigquery.project = "bench";
  options.bigquery.credentials = "none";
  auto started = bqs::node::start(sys, options);
  auto node = std::move(std::get<std::unique_ptr<bqs::node>>(started));
  auto producer = bqs::spawn_producer(sys, node->gate());
  caf::scoped_actor self{sys};
  auto processor = processor_time();
  auto begin = steady::now();
  auto loader = sys.spawn(load, producer, with_sick, pushes,
                          caf::actor_cast<caf::actor>(self));
  self->receive([](over) {});
  std::chrono::duration<double> time = steady::now() - begin;
  processor = processor_time() - processor;
  self->send_exit(loader, caf::exit_reason::kill);
  self->send_exit(producer, caf::exit_reason::user_shutdown);
  node->begin_drain(0ms); // what is held for the sick ones
  node->wait_drained(10s);
  box.stop();
  auto rows = static_cast<double>(healthy_tables * pushes * rows_of_push);
  return {rows / time.count(), processor * 1e6 / rows};
}

} // namespace

int main(int argc, char** argv) {
  // It would write between the lines.
  spdlog::set_default_logger(spdlog::null_logger_mt("none"));
  auto rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  auto rounds = argc > 2 ? std::atoi(argv[2]) : 1;
  auto pushes = std::max<std::uint64_t>(rows / rows_of_push, 1);
  std::printf("%14s %14s %7s %14s %14s %7s\n", "rows/s without",
              "with sick ones", "ratio", "us/row without", "with sick ones",
              "ratio");
  for (auto i = 0; i < rounds; ++i) {
    auto without = run(false, pushes);
    auto with = run(true, pushes);
    std::printf("%14.0f %14.0f %7.3f %14.2f %14.2f %7.3f\n",
                without.rows_per_second, with.rows_per_second,
                with.rows_per_second / without.rows_per_second, without.cost,
                with.cost, with.cost / without.cost);
    std::fflush(stdout);
  }
}
