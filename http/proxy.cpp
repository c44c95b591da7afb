#include "http/proxy.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "http/base64.hpp"
#include "http/lower.hpp"

namespace bqs::http {

namespace {

// The lines do not repeat the URL: it may hold a password.
constexpr auto malformed
  = "a proxy is written http://[USER:PASSWORD@]HOST:PORT, the port always, "
    "special characters of user and password as %XX";

/// Undoes percent-encoding; nothing if there is a control character in it, or
/// a `%` without two hex digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      if (text.size() - i < 3)
        return std::nullopt;
      auto* begin = text.data() + i + 1;
      auto [end, fault] = std::from_chars(begin, begin + 2, c, 16);
      if (fault != std::errc{} || end != begin + 2)
        return std::nullopt;
      i += 2;
    }
    if (c < 0x20 || c == 0x7F)
      return std::nullopt;
    result += static_cast<char>(c);
  }
  return result;
}

/// Reads `USER[:PASSWORD]`. A colon in the user has no way through (RFC 7617).
std::optional<std::string> basic_authorization(std::string_view text) {
  auto colon = std::min(text.find(':'), text.size());
  auto user = decoded(text.substr(0, colon));
  auto password = decoded(colon < text.size() ? text.substr(colon + 1)
                                              : text.substr(colon));
  if (!user || !password || user->find(':') != std::string::npos)
    return std::nullopt;
  return "Basic " + base64(*user + ":" + *password);
}

/// Reads `HOST:PORT[/]`.
std::optional<endpoint> read_place(std::string_view text) {
  if (text.ends_with('/'))
    text.remove_suffix(1);
  // Programs disagree about the port of a proxy without one.
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')
      || text.find('/') != std::string_view::npos)
    return std::nullopt;
  auto read = parse_endpoint("https://" + std::string{text});
  auto* result = std::get_if<endpoint>(&read);
  if (result == nullptr)
    return std::nullopt;
  result->tls = false;
  return std::move(*result);
}

std::variant<proxy, std::string> read_proxy(std::string_view url) {
  if (auto mark = url.find("://"); mark != std::string_view::npos) {
    auto scheme = lower(url.substr(0, mark));
    if (scheme == "https" || scheme.starts_with("socks"))
      return scheme
             + ":// proxies are not supported, only http:// ones (what goes "
               "through them is encrypted all the same)";
    if (scheme != "http")
      return malformed;
    url.remove_prefix(mark + 3);
  }
  proxy result;
  if (auto at = url.rfind('@'); at != std::string_view::npos) {
    auto authorization = basic_authorization(url.substr(0, at));
    if (!authorization)
      return malformed;
    result.authorization = std::move(*authorization);
    url.remove_prefix(at + 1);
  }
  auto place = read_place(url);
  if (!place)
    return malformed;
  result.where = std::move(*place);
  return result;
}

/// The first of two variables that is there and not empty, and its name.
std::pair<std::string, std::string>
variable(const proxy_rules::environment& look_up, const char* name,
         const char* other) {
  for (auto* x : {name, other})
    if (auto* text = look_up(x); text != nullptr && *text != '\0')
      return {x, text};
  return {};
}

} // namespace

std::variant<proxy_rules, std::string>
proxy_rules::read(const std::string& setting, const environment& look_up) {
  proxy_rules result;
  if (setting == "none")
    return result;
  std::string source;
  auto url = setting;
  if (url.empty())
    std::tie(source, url) = variable(look_up, "https_proxy", "HTTPS_PROXY");
  if (url.empty())
    return result;
  auto read = read_proxy(url);
  if (auto* fault = std::get_if<std::string>(&read))
    return source.empty() ? *fault : source + " in the environment: " + *fault;
  result.proxy_ = std::move(std::get<proxy>(read));
  result.by_setting_ = source.empty();
  auto list = variable(look_up, "no_proxy", "NO_PROXY").second;
  for (std::string_view rest = list; !rest.empty();) {
    auto end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0)
      result.exceptions_.push_back(read_exception(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

std::variant<proxy_rules, std::string>
proxy_rules::read(const std::string& setting) {
  return read(setting, [](const char* name) { return std::getenv(name); });
}

const proxy* proxy_rules::find(const endpoint& to) const {
  // What goes to this machine may be plain; through a proxy it would be read
  // there.
  if (!proxy_ || !to.tls || to.is_loopback())
    return nullptr;
  if (!by_setting_ && excepted(to))
    return nullptr;
  return &*proxy_;
}

proxy_rules::exception proxy_rules::read_exception(std::string_view text) {
  exception result;
  auto host = lower(text);
  // One colon is before a port; more are those of an IPv6 address.
  auto colon = host.rfind(':');
  auto bracket = host.find(']');
  if (colon != std::string::npos
      && (bracket == std::string::npos ? host.find(':') == colon
                                       : bracket < colon)) {
    auto* end = host.data() + host.size();
    auto [ptr, fault]
      = std::from_chars(host.data() + colon + 1, end, result.port);
    if (fault == std::errc{} && ptr == end)
      host.resize(colon);
    else
      result.port = 0; // then no host is called that
  }
  if (host == "*")
    return result;
  std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
  auto begin = std::min(host.find_first_not_of('.'), host.size());
  host.erase(0, begin);
  while (host.ends_with('.'))
    host.pop_back();
  result.host = host.empty() ? "." : host; // "." is none either
  return result;
}

bool proxy_rules::excepted(const endpoint& to) const {
  auto matches = [&to](const exception& x) {
    if (x.port != 0 && x.port != to.port)
      return false;
    if (x.host.empty() || x.host == to.host)
      return true;
    return !is_address(to.host) && to.host.ends_with("." + x.host);
  };
  return std::any_of(exceptions_.begin(), exceptions_.end(), matches);
}

std::string without_password(const std::string& url) {
  auto at = url.rfind('@');
  if (at == std::string::npos)
    return url;
  auto mark = url.find("://");
  auto begin = mark < at ? mark + 3 : 0;
  return url.substr(0, begin) + url.substr(at + 1);
}

} // namespace bqs::http
