#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/fwd.hpp>

#include "bqstreamer/drain_report.hpp"
#include "bqstreamer/interfaces.hpp"
#include "bqstreamer/options.hpp"

namespace bqs {

/// Why a node does not start.
struct start_fault {
  /// One line that names the setting.
  std::string text;
  /// It may go well at another time: nothing is known to be wrong with the
  /// settings, but somebody who is needed does not answer.
  bool may_pass = false;
};

/// A whole node inside an actor system: gate, supervisor and all below. The
/// system's configuration must have been given the message types with
/// `add_node_messages`.
///
///     auto started = node::start(sys, options);
///     auto& mine = std::get<std::unique_ptr<node>>(started);
///     self->send(mine->gate(), my_block);
///     mine->begin_drain();
///     auto report = mine->wait_drained(2min);
class node {
public:
  /// Checks options and credentials, spawns the actors. If something is wrong,
  /// nothing was started.
  static std::variant<std::unique_ptr<node>, start_fault>
  start(caf::actor_system& sys, node_options options);

  /// Ends at once whatever `drain` has not ended: open rows are lost.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Whom senders and operators talk to. Publish it with `publish`.
  node_actor gate() const;

  /// Listens on `address`; port 0 picks one. Returns the port, or one line
  /// that names address and port. Without TLS only loopback is allowed: peers
  /// prove who they are by their certificates.
  /// @param tls mutual TLS, with the files that the system's configuration was
  ///            given by `use_tls`; otherwise plain TCP
  std::variant<std::uint16_t, std::string>
  publish(const std::string& address, std::uint16_t port, bool tls = false);

  /// Begins to stop, as the message `drain` does. Returns at once.
  void begin_drain(std::optional<std::chrono::milliseconds> timeout = {});

  /// Returns whether a drain has ended, by whomever begun; waits up to `most`.
  std::optional<drain_report> wait_drained(std::chrono::milliseconds most);

private:
  struct impl;
  explicit node(std::unique_ptr<impl> x);
  std::unique_ptr<impl> impl_;
};

} // namespace bqs
