#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace bqs {

/// A peer that did not get in.
struct refused_peer {
  /// IP address; empty if it is not known any more.
  std::string address;
  /// Why, in one line for people.
  std::string reason;
  /// It hung up without a word, as those do who only look whether a port is
  /// open.
  bool silent = false;
  /// It stays: only a message of it was passed over.
  bool stays = false;
};

/// Hears of peers that are turned away at a port of this process: whose TLS
/// handshake fails, or who do not speak the protocol. CAF closes such
/// connections and tells nobody; OpenSSL does, and so does our own guard.
///
/// From the first one on CAF can also open the files for TLS, as it does for
/// each new connection, where the process has used up its file descriptors: it
/// would end the process if it could not.
class peer_watch {
public:
  /// Runs in the thread that serves the network.
  using listener = std::function<void(const refused_peer&)>;

  explicit peer_watch(listener tell);

  /// When this is over the listener is not running and will not be called.
  ~peer_watch();

  peer_watch(const peer_watch&) = delete;
  peer_watch& operator=(const peer_watch&) = delete;

  /// Says which port is meant, once that is open.
  void set_port(std::uint16_t port);

private:
  listener tell_;
};

/// Tells whoever watches its port of the peer at the other end of a connection.
void report_refused_peer(int fd, refused_peer what);

} // namespace bqs
