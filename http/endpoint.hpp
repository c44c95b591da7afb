#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bqs::http {

/// Where the service is reached.
struct endpoint {
  bool tls = true;
  std::string host = "bigquery.googleapis.com";
  std::uint16_t port = 443;

  /// Whether every address of `host` is one of this machine: `localhost`,
  /// `127.0.0.0/8`, `::1`.
  bool is_loopback() const noexcept;

  /// The URL, without a path.
  std::string url() const;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// Whether a host is an IP address, of either kind.
bool is_address(const std::string& host);

/// Reads `http[s]://HOST[:PORT][/]`, IPv6 in brackets. Returns a line that
/// says what is wrong otherwise; plain http is allowed to loopback only.
std::variant<endpoint, std::string> parse_endpoint(std::string_view url);

} // namespace bqs::http
