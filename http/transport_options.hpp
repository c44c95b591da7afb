#pragma once

#include <chrono>

#include "http/tls_options.hpp"

namespace bqs::http {

/// How a connection is made and how patient it is: the same for all that a
/// node connects to, the service and the token endpoints alike.
struct transport_options {
  tls_options tls;
  /// A new connection may take this long: name, TCP and TLS together.
  std::chrono::milliseconds connect{10'000};
  /// Sending may stand still this long.
  std::chrono::milliseconds write{30'000};
  /// The answer may be this long in coming, once the request is sent, and may
  /// then stand still as long.
  std::chrono::milliseconds answer{60'000};
};

} // namespace bqs::http
