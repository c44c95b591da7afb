#include "bqstreamer/peer_address.hpp"

#include <charconv>

namespace bqs {

namespace {

/// 0 stands for no port: no node listens there.
std::uint16_t parse_port(std::string_view text) {
  std::uint16_t result = 0;
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, result);
  return code == std::errc{} && rest == end ? result : 0;
}

} // namespace

std::variant<peer_address, std::string> parse_peer(std::string_view text) {
  auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string_view::npos)
    port = parse_port(text.substr(colon + 1));
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    port = 0;
  if (host.empty() || port == 0)
    return "'" + std::string{text}
           + "' is no address of a node; it must be HOST:PORT, such as "
             "127.0.0.1:4747 or [::1]:4747";
  return peer_address{std::string{host}, port};
}

std::string to_string(const peer_address& x) {
  auto host
    = x.host.find(':') == std::string::npos ? x.host : "[" + x.host + "]";
  return host + ":" + std::to_string(x.port);
}

} // namespace bqs
