#pragma once

#include <optional>
#include <string>

#include "http/endpoint.hpp"
#include "http/proxy.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

/// Why there is no tunnel.
struct tunnel_fault {
  /// What the proxy answered; 0 if it was no refusal.
  int status = 0;
  /// One line, without anything that the proxy said.
  std::string why;
};

/// Asks the proxy at the other end of `fd`, a connected non-blocking socket,
/// for a tunnel to `to`. Returns nothing if there is one: then the next byte is
/// that of `to`. The proxy is trusted with no more than where to and its own
/// password, and its answer is bounded like the head of any other.
std::optional<tunnel_fault> open_tunnel(int fd, const endpoint& to,
                                        const proxy& by,
                                        const waiter& patience);

} // namespace bqs::http
