#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/endpoint.hpp"

namespace bqs::http {

/// An HTTP proxy that is asked for tunnels.
struct proxy {
  /// Host and port; always plain.
  endpoint where;
  /// The value of `Proxy-Authorization`; empty: none. It is a secret, and goes
  /// to the proxy only.
  std::string authorization;
};

/// Which connections go through a proxy, and through which.
class proxy_rules {
public:
  /// Looks up an environment variable; a null pointer if there is none.
  using environment = std::function<const char*(const char*)>;

  /// No proxy at all.
  proxy_rules() = default;

  /// Reads `setting`:
  ///
  /// * a URL, `http://[USER:PASSWORD@]HOST:PORT`, user and password
  ///   percent-encoded: for all that is reached by https://, and for this
  ///   machine;
  /// * `none`: no proxy;
  /// * empty: as the environment says. `https_proxy`, or else `HTTPS_PROXY`,
  ///   holds the URL, which may lack its `http://`; it is for https:// only
  ///   and never for this machine. `no_proxy`, or else `NO_PROXY`, lists by
  ///   commas or blanks what is reached directly: `*` for all, `example.com` or
  ///   `.example.com` for a host and those under it, an address for itself
  ///   (there are no ranges of addresses), each with `:PORT` for this port
  ///   only.
  ///
  /// Returns one line if it cannot be understood, without the URL, which may
  /// hold a password.
  static std::variant<proxy_rules, std::string>
  read(const std::string& setting, const environment& look_up);

  /// The same with the environment of this process.
  static std::variant<proxy_rules, std::string>
  read(const std::string& setting);

  /// The proxy for connections to `to`, or a null pointer. Plain http beyond
  /// this machine, as to a metadata server, never goes through one.
  const proxy* find(const endpoint& to) const;

private:
  struct exception {
    /// A host, or the end of one behind a dot; empty for all.
    std::string host;
    /// 0: all ports.
    std::uint16_t port = 0;
  };

  static exception read_exception(std::string_view text);
  bool excepted(const endpoint& to) const;

  std::optional<proxy> proxy_;
  /// By the setting: nothing is excepted.
  bool by_setting_ = false;
  std::vector<exception> exceptions_;
};

/// Returns a proxy's URL as `proxy_rules::read` takes it, but without user and
/// password.
std::string without_password(const std::string& url);

} // namespace bqs::http
