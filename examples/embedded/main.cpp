// A whole node inside the program: its actors send rows to BigQuery.
//
//   embedded ENDPOINT PROJECT DATASET.TABLE
#include <iostream>
#include <string>
#include <variant>

#include <bqstreamer/appender.hpp>
#include <bqstreamer/config.hpp>
#include <bqstreamer/node.hpp>
#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

using namespace std::chrono_literals;

// An actor of the program: ten rows, ten milliseconds apart.
caf::behavior thermometer(caf::event_based_actor* self,
                          bqs::producer_actor producer, bqs::table_ref table) {
  auto me = caf::actor_cast<caf::strong_actor_ptr>(self);
  bqs::appender rows{producer, table, me};
  self->send(self, caf::tick_atom_v, 0);
  return {
    [=](caf::tick_atom, int n) mutable {
      // While too much is on its way a row is not taken: later the same one.
      if (rows.append("{\"celsius\":" + std::to_string(20 + n) + "}"))
        ++n;
      if (n < 10)
        self->delayed_send(self, 10ms, caf::tick_atom_v, n);
    },
    [self, left = 10u](const bqs::settlement& x) mutable {
      std::cout << x.stored << " of " << x.rows << " stored" << std::endl;
      if ((left -= x.rows) == 0)
        self->quit();
    },
  };
}

int main(int argc, char** argv) {
  if (argc != 4)
    return 64;
  bqs::config cfg;
  caf::actor_system sys{cfg};
  bqs::node_options options;
  options.bigquery.endpoint = argv[1];
  options.bigquery.project = argv[2];
  options.bigquery.credentials = "none"; // for a local endpoint only
  auto started = bqs::node::start(sys, options);
  if (auto wrong = std::get_if<bqs::start_fault>(&started))
    return std::cerr << wrong->text << '\n', 64;
  auto node = std::move(std::get<std::unique_ptr<bqs::node>>(started));
  auto producer = bqs::spawn_producer(sys, node->gate());
  caf::scoped_actor self{sys};
  self->wait_for(
    self->spawn(thermometer, producer, bqs::parse_table(argv[3]).value()));
  self->send_exit(producer, caf::exit_reason::user_shutdown);
  node->begin_drain();
  return node->wait_drained(1min) ? 0 : 75;
}
