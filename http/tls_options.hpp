#pragma once

#include <string>

namespace bqs::http {

/// Whom a connection over TLS trusts.
struct tls_options {
  /// A PEM file of certificate authorities that replaces the system's.
  std::string ca_file;

  friend bool operator==(const tls_options&, const tls_options&) = default;
};

} // namespace bqs::http
