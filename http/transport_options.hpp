#pragma once

#include <chrono>

#include "http/proxy.hpp"
#include "http/tls_options.hpp"

namespace bqs::http {

/// How a connection is made and how patient it is: the same for all that a
/// node connects to, the service and the token endpoints alike.
struct transport_options {
  tls_options tls;
  /// None at all, unless somebody reads some. What is not for others to carry,
  /// such as a metadata server's answers, is asked for without.
  proxy_rules proxy;
  /// A new connection may take this long: name, TCP, proxy and TLS
  /// together.
  std::chrono::milliseconds connect{10'000};
  /// Sending may stand still this long.
  std::chrono::milliseconds write{30'000};
  /// The answer may be this long in coming, once the request is sent, and may
  /// then stand still as long.
  std::chrono::milliseconds answer{60'000};
};

} // namespace bqs::http
