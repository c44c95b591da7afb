// A node in name only, a process of its own: takes each block that comes over
// the wire and drops it, so that what senders and CAF cost alone can be seen.
// Prints a line that ends with its port, and ends with its input.
//
//   bench_sink [tls=DIR]

#include <cstdlib>
#include <iostream>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "bench/words.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/interfaces.hpp"

namespace {

using namespace bqs;

node_actor::behavior_type drop_all(node_actor::pointer self) {
  return {
    [self](const block& x) {
      receipt done;
      done.stream = x.stream;
      done.first = x.first;
      done.rows = done.stored = x.rows();
      done.table = x.table;
      if (auto to = self->current_sender())
        to->enqueue(self->ctrl(), caf::make_message_id(),
                    caf::make_message(std::move(done)), self->context());
      return admission{x.stream, x.first, x.rows(), admission_code::accepted,
                       {},       0,       {},       {}};
    },
    [](row&) { return admission{}; },
    [](const ask&) { return standing{}; },
    [](const receipts_ack&) {},
    [](const flush&) { return reply{}; },
    [](const bqs::pause&) { return reply{}; },
    [](const resume&) { return reply{}; },
    [](const drain&) { return reply{}; },
    [](const get_status&) { return status{}; },
    [](const join&) { return reply{}; },
    [](const leave&) { return reply{}; },
    [](const failures_ack&) {},
  };
}

} // namespace

int main(int argc, char** argv) {
  bqs::bench::words given{argc, argv};
  config cfg{default_workers()};
  auto folder = given.text("tls");
  if (!folder.empty())
    if (auto why = use_tls(cfg, {folder + "/peer.crt", folder + "/peer.key", "",
                                 folder + "/ca.crt"});
        !why.empty()) {
      std::cerr << "bench_sink: " << why << '\n';
      return EXIT_FAILURE;
    }
  caf::actor_system sys{cfg};
  auto sink = sys.spawn(drop_all);
  auto port = folder.empty() ? sys.middleman().publish(sink, 0, "127.0.0.1")
                             : caf::openssl::publish(sink, 0, "127.0.0.1");
  if (!port) {
    std::cerr << "bench_sink: cannot listen\n";
    return EXIT_FAILURE;
  }
  std::cout << "drops blocks on 127.0.0.1:" << *port << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  caf::anon_send_exit(sink, caf::exit_reason::user_shutdown);
}
