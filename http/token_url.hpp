#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/endpoint.hpp"

namespace bqs::http {

inline constexpr std::string_view default_universe = "googleapis.com";

/// To whom secrets may go. A credential file says itself where they shall, and
/// whoever wrote it need not be a friend.
struct host_rules {
  /// The domain of a universe beside Google's own that the settings trust.
  std::string universe{default_universe};
  /// Further hosts that they name, as `read_host` has them.
  std::vector<std::string> allowed;
};

/// Reads a host as people write it: a name in whatever case, or an address,
/// IPv6 also in brackets. Returns it as an `endpoint` has it; empty if it is
/// none, or has a port.
std::string read_host(std::string_view text);

/// Where something is asked for: an endpoint with path and query.
struct token_url {
  endpoint where;
  std::string path;

  /// Without path and query, which may hold a secret.
  std::string name() const {
    return where.url();
  }
};

/// Whether plain http may go to the link-local addresses, where clouds have
/// their metadata servers.
enum class link_local : bool { refused, allowed };

/// Reads a URL whose host may be told secrets: this machine, those of Google or
/// the universe that make tokens, or a host that is allowed; by https, but for
/// this machine. Else says what is wrong, in words that follow the name of a
/// field. The line holds the host alone.
std::variant<token_url, std::string>
parse_token_url(std::string_view url, const host_rules& rules,
                link_local plain = link_local::refused);

} // namespace bqs::http
