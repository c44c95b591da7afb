#pragma once

#include <cstddef>
#include <string>

#include <caf/actor_system_config.hpp>

namespace bqs {

/// The configuration of an actor system that talks with nodes, or holds one:
///
///     bqs::config cfg;
///     caf::actor_system sys{cfg};
///
/// When the system ends, what was sent has two seconds to be read at the other
/// end. If CAF is just connecting it waits for that, two minutes at most.
class config : public caf::actor_system_config {
public:
  /// @param workers threads of the scheduler; 0: CAF's default, as many as
  ///                there are cores and four at least.
  explicit config(std::size_t workers = 0);
};

/// Returns how many threads of CAF's scheduler a node needs, if it has the
/// actor system to itself: one, or two from four cores on. Its actors do little
/// for a block and never wait, so that more threads would mostly wake each
/// other. For a node beside actors that do wait, leave CAF's default:
///
///     bqs::config cfg{bqs::default_workers()};
std::size_t default_workers();

/// Makes any configuration fit to talk with nodes: registers the messages of
/// the protocol, sets its app-identifier, and turns on heartbeats (every 10 s,
/// a silent peer is lost after 40 s). For those who have a configuration of
/// their own; call it before the actor system is made, and load
/// `caf::io::middleman`.
void add_node_messages(caf::actor_system_config& cfg);

/// PEM files for TLS between nodes and their clients. Both sides show a
/// certificate and check the other's.
struct tls_files {
  std::string certificate;
  std::string key;
  /// Of the key; empty if it is not encrypted.
  std::string passphrase;
  /// Whose certificates are trusted. CAF checks no host names: use an authority
  /// of your own, for this purpose only.
  std::string ca_file;
};

/// Turns on TLS: connections with `connector_options::tls` use these files, as
/// they are now. Returns one line that names the file that cannot be read, does
/// not fit to the others or is out of date, or an empty text; CAF itself would
/// end the process at the first connection.
std::string use_tls(caf::actor_system_config& cfg, const tls_files& files);

} // namespace bqs
