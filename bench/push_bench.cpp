// What it costs a thread to push rows, one by one and 10,000 a second, into a
// node in its own process. Asserts nothing.
//
//   push_bench [SECONDS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "bqstreamer/appender.hpp"
#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/node.hpp"
#include "bqstreamer/producer.hpp"
#include "sandbox/server.hpp"

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

const std::string text
  = "{\"name\":\"" + std::string(170, 'x') + "\",\"number\":1234567}";

/// Calls `push` once every 100 µs and prints what a call takes.
void measure(const char* name, std::chrono::seconds time,
             const std::function<void(std::uint64_t)>& push) {
  std::vector<steady::duration> calls;
  calls.reserve(static_cast<std::size_t>(time / 100us));
  auto next = steady::now();
  for (std::uint64_t i = 0; i < calls.capacity(); ++i, next += 100us) {
    while (steady::now() < next) {
    }
    auto begin = steady::now();
    push(i);
    calls.push_back(steady::now() - begin);
  }
  auto sum = steady::duration{0};
  for (auto x : calls)
    sum += x;
  std::sort(calls.begin(), calls.end());
  auto at = [&](double share) {
    auto i
      = static_cast<std::size_t>(share * static_cast<double>(calls.size() - 1));
    return static_cast<double>(calls[i] / 1ns);
  };
  std::printf("%-28s %8.0f %8.0f %8.0f %8.0f\n", name,
              static_cast<double>(sum / 1ns)
                / static_cast<double>(calls.size()),
              at(0.5), at(0.99), at(1));
}

} // namespace

int main(int argc, char** argv) {
  std::chrono::seconds time{argc > 1 ? std::atoi(argv[1]) : 5};
  bqs::sandbox::options here;
  here.port = 0;
  here.create_tables = true;
  bqs::sandbox::server box{here};
  bqs::config cfg{bqs::default_workers()};
  caf::actor_system sys{cfg};
  bqs::node_options options;
  options.bigquery.endpoint = "http://127.0.0.1:" + std::to_string(box.port());
  options.bigquery.project = "bench";
  options.bigquery.credentials = "none";
  auto started = bqs::node::start(sys, options);
  auto node = std::move(std::get<std::unique_ptr<bqs::node>>(started));
  auto producer = bqs::spawn_producer(sys, node->gate());
  caf::scoped_actor self{sys};
  auto table = *bqs::parse_table("ds.t");

  std::printf("%-28s %8s %8s %8s %8s\n", "ns for a row", "mean", "p50", "p99",
              "max");
  measure("a row to the gate", time, [&](std::uint64_t) {
    self->send(node->gate(), bqs::row{table, text, {}, {}});
  });
  measure("a push of one to a producer", time, [&](std::uint64_t i) {
    bqs::block_builder one;
    one.add(text);
    self->send(producer, bqs::push{table, one.take_rows(), i});
  });
  bqs::appender rows{producer, table};
  measure("a row to an appender", time, [&](std::uint64_t) {
    if (!rows.append(text))
      std::fputs("the buffer is full\n", stderr);
  });
  bqs::block_builder many;
  measure("pushes of 100 to a producer", time, [&](std::uint64_t i) {
    many.add(text);
    if (many.rows() == 100)
      self->send(producer, bqs::push{table, many.take_rows(), i - 99});
  });
  self->send_exit(producer, caf::exit_reason::user_shutdown);
  node->begin_drain();
  node->wait_drained(1min);
}
