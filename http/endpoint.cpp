#include "http/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "http/lower.hpp"

namespace bqs::http {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_host_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_'
         || c == '.';
}

/// Cuts `text` before the first of `marks` and returns what is before it.
std::string_view take_until(std::string_view& text, std::string_view marks) {
  auto n = std::min(text.find_first_of(marks), text.size());
  auto result = text.substr(0, n);
  text.remove_prefix(n);
  return result;
}

bool is_ipv4(const std::string& host) {
  in_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1;
}

/// The resolver would take `127.1`, `0x7f.1` or `2130706433` for an address.
bool looks_like_ipv4(std::string_view host) {
  auto last = host.substr(host.rfind('.') + 1);
  return !last.empty()
         && (std::all_of(last.begin(), last.end(), is_digit)
             || last.substr(0, 2) == "0x");
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > 253
      || !std::all_of(host.begin(), host.end(), is_host_char))
    return false;
  for (std::size_t begin = 0; begin <= host.size();) {
    auto end = std::min(host.find('.', begin), host.size());
    if (end == begin || end - begin > 63 || host[begin] == '-'
        || host[end - 1] == '-')
      return false;
    begin = end + 1;
  }
  return true;
}

/// Returns the one way in which this address is written, or nothing.
std::optional<std::string> normal_ipv6(const std::string& host) {
  in6_addr address{};
  char text[INET6_ADDRSTRLEN];
  if (::inet_pton(AF_INET6, host.c_str(), &address) != 1
      || ::inet_ntop(AF_INET6, &address, text, sizeof text) == nullptr)
    return std::nullopt;
  return text;
}

/// Reads `HOST` or `[IPv6]` and removes it from `text`.
std::optional<std::string> take_host(std::string_view& text) {
  if (text.substr(0, 1) == "[") {
    text.remove_prefix(1);
    auto inner = take_until(text, "]");
    if (text.empty())
      return std::nullopt;
    text.remove_prefix(1);
    return normal_ipv6(std::string{inner});
  }
  auto host = lower(take_until(text, ":/"));
  if (looks_like_ipv4(host) ? !is_ipv4(host) : !is_name(host))
    return std::nullopt;
  return host;
}

/// Reads what may follow a host; 0 if it is no port.
std::uint16_t read_port(std::string_view text) {
  std::uint16_t result = 0;
  auto* end = text.data() + text.size();
  auto [ptr, code] = std::from_chars(text.data(), end, result);
  return code == std::errc{} && ptr == end ? result : std::uint16_t{0};
}

std::uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

} // namespace

bool is_address(const std::string& host) {
  in6_addr ignored{};
  return is_ipv4(host) || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool endpoint::is_loopback() const noexcept {
  if (host == "localhost")
    return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1
         && std::memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

std::string endpoint::url() const {
  std::string result = tls ? "https://" : "http://";
  auto is_v6 = host.find(':') != std::string::npos;
  result += is_v6 ? "[" + host + "]" : host;
  if (port != default_port(tls))
    result += ":" + std::to_string(port);
  return result;
}

// The lines do not repeat the URL: it may hold a password.
std::variant<endpoint, std::string> parse_endpoint(std::string_view url) {
  endpoint result;
  auto scheme = lower(take_until(url, ":"));
  if ((scheme != "https" && scheme != "http") || url.substr(0, 3) != "://")
    return "an endpoint begins with https:// or http://";
  url.remove_prefix(3);
  result.tls = scheme == "https";
  result.port = default_port(result.tls);
  if (url.find('@') != std::string_view::npos)
    return "an endpoint has no user or password";
  if (url.find_first_of("?#") != std::string_view::npos)
    return "an endpoint has no query and no fragment";
  auto host = take_host(url);
  if (!host)
    return "the endpoint's host is neither a name nor an address";
  result.host = *host;
  if (url.substr(0, 1) == ":") {
    url.remove_prefix(1);
    result.port = read_port(take_until(url, "/"));
    if (result.port == 0)
      return "the endpoint's port is not a number from 1 to 65535";
  }
  if (!url.empty() && url != "/")
    return "an endpoint has no path";
  if (!result.tls && !result.is_loopback())
    return "plain http is allowed to this machine only (localhost, "
           "127.0.0.0/8, [::1]); use https://";
  return result;
}

} // namespace bqs::http
