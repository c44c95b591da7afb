#include "app/peer_address.hpp"

#include "app/value.hpp"

namespace bqs::app {

std::variant<peer_address, std::string> parse_peer(std::string_view text) {
  auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  // No node listens on port 0.
  std::uint64_t port = 0;
  if (colon != std::string_view::npos)
    port = parse_integer(text.substr(colon + 1)).value_or(0);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    port = 0;
  if (host.empty() || port == 0 || port > 65535)
    return "'" + std::string{text}
           + "' is no address of a node; it must be HOST:PORT, such as "
             "127.0.0.1:4747 or [::1]:4747";
  return peer_address{std::string{host}, static_cast<std::uint16_t>(port)};
}

std::string to_string(const peer_address& x) {
  auto host
    = x.host.find(':') == std::string::npos ? x.host : "[" + x.host + "]";
  return host + ":" + std::to_string(x.port);
}

} // namespace bqs::app
