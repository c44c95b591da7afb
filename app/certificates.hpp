#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::app {

/// A certificate and its key, as PEM.
struct certified_key {
  std::string certificate;
  std::string key;
};

/// What a first cluster needs so that its nodes and clients know each other.
struct cluster_certificates {
  /// Of the authority.
  std::string name;
  certified_key authority;
  /// Good for nodes, and for clients on their machines.
  certified_key node;
  /// Good for clients only: nobody can play a node with it.
  certified_key client;
};

/// How long they last, in days.
inline constexpr int authority_days = 3650;
inline constexpr int peer_days = 730;

/// Makes an authority that nobody knows yet, and what it signs. EC keys on
/// P-256, not encrypted.
/// @param hosts names and IP addresses of the nodes, as `is_certifiable` has it
/// @param now when they begin, less an hour for clocks that are slow
/// @throws std::runtime_error if OpenSSL cannot do it
cluster_certificates make_certificates(const std::vector<std::string>& hosts,
                                       std::time_t now);

/// Whether a certificate can be made for such a host.
bool is_certifiable(std::string_view host);

} // namespace bqs::app
