#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <caf/meta/type_name.hpp>

namespace bqs {

/// Where a node listens.
struct peer_address {
  /// A name, or an IPv4 or IPv6 address.
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const peer_address&, const peer_address&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f,
                                                 peer_address& x) {
    return f(caf::meta::type_name("bqs::peer_address"), x.host, x.port);
  }
};

/// Reads `HOST:PORT`, an IPv6 address in brackets; otherwise returns a line
/// that says what is wrong.
std::variant<peer_address, std::string> parse_peer(std::string_view text);

/// Returns what `parse_peer` reads.
std::string to_string(const peer_address& x);

} // namespace bqs
