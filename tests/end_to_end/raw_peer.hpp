#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "http/openssl_ptr.hpp"
#include "http/unique_fd.hpp"

namespace bqs::test {

/// A peer that says what it likes, byte by byte.
class raw_peer {
public:
  /// Connects; plain.
  /// @param buffer most bytes that the kernel keeps for it; 0: as it likes.
  explicit raw_peer(std::uint16_t port, int buffer = 0);

  /// Goes on with TLS, and shows a certificate if there is one. Returns what is
  /// against it, as far as that is known after the handshake: under TLS 1.3 a
  /// refusal may come later.
  std::string secure(const std::string& certificate, const std::string& key);

  /// Returns whether all of it went out.
  bool send(std::string_view bytes);

  /// Sends the beginning of a message that changes the keys, and no more of it.
  /// Under TLS 1.3, which is what it speaks with a node.
  bool send_half_key_update();

  /// Waits for bytes; returns what comes first, nothing if the other side hangs
  /// up or fails.
  std::string receive();

  /// Says no more; still hears.
  void end();

  /// Whether the other side has ended the connection; waits for it up to 60 s,
  /// and passes over what comes before.
  bool hung_up();

private:
  http::unique_fd fd_;
  http::ssl_ctx_ptr context_;
  http::ssl_ptr ssl_;
  /// What the keys of its own records are made of.
  std::string secret_;
  /// It has sent so many.
  std::uint64_t records_ = 0;
};

/// A message as the nodes' protocol begins it: 32 bytes.
/// @param operation 0 greeting of a node, 1 of a client, 2 direct message, 3
///                  routed message, 6 heartbeat
/// @param size of what follows, or is said to
std::string message_header(std::uint8_t operation, std::uint32_t size,
                           std::uint64_t data = 0, std::uint64_t from = 0,
                           std::uint64_t to = 0);

/// The name of a node as it is on the wire: 32 bytes.
std::string node_name(std::uint32_t number);

/// What a client says first: its node's name. By `selects` it says that it
/// wants to stay, as it does when it has heard the node's greeting.
std::string greeting(std::uint32_t number = 4711, bool selects = false);
std::string greeting_of(const std::string& name, bool selects = false);

/// One value for an actor, of a type with up to a hundred characters.
std::string message_of(const std::string& type, const std::string& value,
                       std::uint64_t to, std::uint64_t from);

/// Asks an actor for its status. One of the peer's actors does, by its number.
std::string question(std::uint64_t to, std::uint64_t from = 9);

/// The number of the actor that a node's greeting names.
std::uint64_t actor_in(const std::string& greeting);

} // namespace bqs::test
