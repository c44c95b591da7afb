#include "http/token_url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace bqs::http {

namespace {

constexpr std::string_view secure = "https://";
constexpr std::string_view insecure = "http://";

/// A part of a host's name; a name of an endpoint of one's own.
bool is_label(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// Whether a name is one of a place of the cloud, as `us-east1`, `us`,
/// `global`, or of another universe `u-germany-northeast1`. Names of services,
/// as `storage-upload`, end without a number.
bool is_region(std::string_view x) {
  if (x == "us" || x == "eu" || x == "global")
    return true;
  auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto number = std::find_if(x.begin(), x.end(), is_digit);
  auto words = std::string_view{x.begin(), number};
  auto is_word_char = [&](char c) { return is_letter(c) || c == '-'; };
  return number != x.end() && std::all_of(number, x.end(), is_digit)
         && std::all_of(words.begin(), words.end(), is_word_char)
         && !words.starts_with('-') && !words.ends_with('-')
         && words.find("--") == std::string_view::npos
         && words.find('-') != std::string_view::npos;
}

/// Whether a host is one that makes tokens: `sts.`, by region `sts.REGION.`,
/// `sts.REGION.rep.` or `REGION-sts.`, with client certificates `sts.mtls.`, in
/// a network of one's own `sts-NAME.p.`. The others of a universe, such as its
/// storage, take from everybody, and give it to whoever owns the place; and
/// what stands before the name of a storage is the name of a bucket.
bool makes_tokens(std::string_view host, std::string_view universe) {
  if (host.size() <= universe.size() + 1 || !host.ends_with(universe)
      || host[host.size() - universe.size() - 1] != '.')
    return false;
  host.remove_suffix(universe.size() + 1);
  auto dot = host.find('.');
  auto first = host.substr(0, dot);
  auto second
    = dot == std::string_view::npos ? std::string_view{} : host.substr(dot + 1);
  auto is_endpoint = second.ends_with(".rep");
  if (is_endpoint)
    second.remove_suffix(4);
  constexpr std::array<std::string_view, 3> services{"oauth2", "sts",
                                                     "iamcredentials"};
  auto is_of = [&](std::string_view service) {
    if (first == service && dot != std::string_view::npos)
      return is_region(second) || (second == "mtls" && !is_endpoint);
    auto name = std::string{service};
    if (second == "p" && !is_endpoint)
      return first.starts_with(name + "-") && is_label(first);
    if (dot != std::string_view::npos)
      return false;
    auto end = "-" + name;
    return first == service
           || (first.ends_with(end)
               && is_region(first.substr(0, first.size() - end.size())));
  };
  return std::any_of(services.begin(), services.end(), is_of);
}

/// Where clouds have their metadata servers.
bool is_link_local(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 16 == 0xA9FE; // 169.254.0.0/16
  return host == "metadata.google.internal" || host == "fd20:ce::254";
}

bool is_google(const token_url& x, const host_rules& rules) {
  auto& host = x.where.host;
  if (host == "accounts.google.com")
    return true;
  auto is_of = [&](const std::string& universe) {
    return makes_tokens(host, universe)
           || (host == "www." + universe && x.path.starts_with("/oauth2/")
               && x.path.find("..") == std::string::npos
               && x.path.find('%') == std::string::npos);
  };
  return is_of(std::string{default_universe}) || is_of(rules.universe);
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
  auto& allowed = rules.allowed;
  if (std::find(allowed.begin(), allowed.end(), where.host) != allowed.end())
    return result;
  if (!is_google(result, rules))
    return "leads to " + where.host
           + ", which is neither a token host of Google's nor in "
             "bigquery.allowed-token-hosts";
  if (result.path.find('?') != std::string::npos)
    return "has a query, and no token endpoint has";
  return result;
}

} // namespace bqs::http
