#pragma once

#include <string>
#include <tuple>

namespace bqs::http {

/// Whom a connection over TLS trusts, and who it says that it is.
struct tls_options {
  /// A PEM file of certificate authorities that replaces the system's.
  std::string ca_file;
  /// A PEM file with our certificate and those between it and its authority's,
  /// for a peer that asks for one, and one with its key; both or neither.
  std::string certificate;
  std::string key;

  friend bool operator<(const tls_options& x, const tls_options& y) {
    return std::tie(x.ca_file, x.certificate, x.key)
           < std::tie(y.ca_file, y.certificate, y.key);
  }
};

} // namespace bqs::http
