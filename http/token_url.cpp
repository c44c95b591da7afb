#include "http/token_url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

namespace bqs::http {

namespace {

constexpr std::string_view secure = "https://";
constexpr std::string_view insecure = "http://";

bool is_within(std::string_view host, std::string_view domain) {
  return host == domain
         || (host.size() > domain.size() && host.ends_with(domain)
             && host[host.size() - domain.size() - 1] == '.');
}

/// Where clouds have their metadata servers.
bool is_link_local(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 16 == 0xA9FE; // 169.254.0.0/16
  return host == "metadata.google.internal" || host == "fd20:ce::254";
}

bool is_trusted(const std::string& host, const host_rules& rules) {
  auto& allowed = rules.allowed;
  return is_within(host, default_universe) || is_within(host, rules.universe)
         || host == "accounts.google.com"
         || std::find(allowed.begin(), allowed.end(), host) != allowed.end();
}

bool is_path_char(char c) {
  return c > ' ' && c < 0x7f && c != '#';
}

} // namespace

std::string read_host(std::string_view text) {
  auto is_bare_v6
    = std::count(text.begin(), text.end(), ':') > 1 && !text.starts_with('[');
  auto in_brackets = text.starts_with('[') && text.ends_with(']');
  if (!is_bare_v6 && !in_brackets && text.find(':') != std::string_view::npos)
    return {};
  if (text.find('/') != std::string_view::npos)
    return {};
  auto host = std::string{text};
  auto read = parse_endpoint(std::string{secure}
                             + (is_bare_v6 ? "[" + host + "]" : host));
  auto* result = std::get_if<endpoint>(&read);
  return result != nullptr ? result->host : std::string{};
}

std::variant<token_url, std::string> parse_token_url(std::string_view url,
                                                     const host_rules& rules,
                                                     link_local plain) {
  constexpr auto shape = "is not a URL, https://HOST[:PORT]/PATH";
  auto is_plain = url.starts_with(insecure);
  if (!is_plain && !url.starts_with(secure))
    return shape;
  url.remove_prefix(is_plain ? insecure.size() : secure.size());
  auto host = url.substr(0, url.find_first_of("/?"));
  auto path = std::string{url.substr(host.size())};
  if (!path.starts_with('/'))
    path.insert(0, 1, '/');
  if (path.size() > 2048
      || !std::all_of(path.begin(), path.end(), is_path_char))
    return shape;
  auto read = parse_endpoint(std::string{secure} + std::string{host});
  if (std::holds_alternative<std::string>(read))
    return shape;
  token_url result{std::get<endpoint>(read), std::move(path)};
  auto& where = result.where;
  if (is_plain) {
    where.tls = false;
    if (!host.ends_with(":443"))
      where.port = where.port == 443 ? std::uint16_t{80} : where.port;
  }
  if (where.is_loopback())
    return result;
  if (plain == link_local::allowed && is_link_local(where.host))
    return result;
  if (is_plain)
    return "leads to " + where.host
           + " by plain http, which is for this machine only";
  if (!is_trusted(where.host, rules))
    return "leads to " + where.host
           + ", which is neither Google's nor in bigquery.allowed-token-hosts";
  return result;
}

} // namespace bqs::http
