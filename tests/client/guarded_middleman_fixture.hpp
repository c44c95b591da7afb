#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/message.hpp>
#include <caf/scoped_execution_unit.hpp>
#include <caf/timespan.hpp>
#include <gtest/gtest.h>

#include "bqstreamer/config.hpp"
#include "bqstreamer/messages.hpp"
#include "client/peer_watch.hpp"
#include "tests/end_to_end/raw_peer.hpp"

namespace bqs::test {

using namespace std::chrono_literals;

inline caf::behavior answering(caf::event_based_actor* self) {
  self->set_default_handler(caf::drop);
  return {[](const get_status&) { return status{"here"}; }};
}

/// Whether a peer hears the answer to a question.
inline bool hears_answer(raw_peer& peer) {
  for (std::string said; said.find("here") == std::string::npos;) {
    auto more = peer.receive();
    if (more.empty())
      return false;
    said += more;
  }
  return true;
}

/// The same, of one that it asks now.
inline bool is_answered(raw_peer& from, caf::actor_id to) {
  from.send(question(to));
  return hears_answer(from);
}

/// A node's side: an actor that answers at a port, and who was refused there.
struct door : ::testing::Test {
  door() : watch([this](const refused_peer& x) { take(x); }) {
    target = sys.spawn(answering);
    auto opened = sys.middleman().publish(target, 0); // on each of loopback
    EXPECT_TRUE(opened);
    port = *opened;
    watch.set_port(port);
  }

  ~door() override {
    caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
  }

  /// Connects until it is let in with the first name, as a connector does.
  int tries_to_return() {
    for (auto result = 1;; ++result) {
      raw_peer now{port};
      now.send(greeting(1) + greeting(1, true));
      if (is_answered(now, target->id()))
        return result;
    }
  }

  caf::io::basp_broker& broker() {
    auto basp
      = sys.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
    return static_cast<caf::io::basp_broker&>(
      *caf::actor_cast<caf::abstract_actor*>(basp));
  }

  /// What follows the header of a message for an actor.
  std::string content_of(const caf::message& x) {
    std::vector<char> bytes;
    caf::scoped_execution_unit unit{&sys};
    caf::binary_serializer sink{&unit, bytes};
    EXPECT_FALSE(sink(std::vector<caf::strong_actor_ptr>{}, x)); // no stages
    return {bytes.begin(), bytes.end()};
  }

  void take(const refused_peer& x) {
    std::lock_guard lock{guard};
    reasons.push_back(x.reason);
    changed.notify_all();
  }

  /// Waits until somebody was refused.
  void wait_for_refusal() {
    std::unique_lock lock{guard};
    changed.wait(lock, [this] { return !reasons.empty(); });
  }

  std::vector<std::string> refused() {
    std::lock_guard lock{guard};
    return reasons;
  }

  /// With heartbeats in quick succession.
  struct quick_config : config {
    quick_config() {
      set("middleman.heartbeat-interval", caf::timespan{1s});
      set("middleman.connection-timeout", caf::timespan{10min});
    }
  };

  std::mutex guard;
  std::condition_variable changed;
  std::vector<std::string> reasons;
  quick_config cfg;
  caf::actor_system sys{cfg};
  caf::actor target;
  std::uint16_t port = 0;
  peer_watch watch;
};

} // namespace bqs::test
