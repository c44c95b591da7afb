#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bqs::app {

/// Where a node listens.
struct peer_address {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const peer_address&, const peer_address&) = default;
};

/// Reads `HOST:PORT`, an IPv6 address in brackets; otherwise returns a line
/// that says what is wrong.
std::variant<peer_address, std::string> parse_peer(std::string_view text);

std::string to_string(const peer_address& x);

} // namespace bqs::app
