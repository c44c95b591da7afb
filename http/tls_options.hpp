#pragma once

#include <compare>
#include <string>

namespace bqs::http {

/// Whom a connection over TLS trusts, and who it says that it is.
struct tls_options {
  /// A PEM file of certificate authorities that replaces the system's.
  std::string ca_file;
  /// A PEM file with our certificate and those between it and its authority's,
  /// for a peer that asks for one, and one with its key; both or neither.
  std::string certificate;
  std::string key;

  friend auto operator<=>(const tls_options&, const tls_options&) = default;
};

} // namespace bqs::http
