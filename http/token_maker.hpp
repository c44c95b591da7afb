#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "http/token_client.hpp"
#include "http/token_url.hpp"

namespace bqs::http {

/// A token as its maker gave it.
struct grant {
  std::string value;
  std::chrono::seconds span{0};
};

/// A token, or one line that says why there is none, without any secret.
using granted = std::variant<grant, std::string>;

/// One credential, as its file describes it. Blocking; one thread at a time.
class token_maker {
public:
  virtual ~token_maker() = default;
  virtual granted make() = 0;
};

using token_maker_ptr = std::unique_ptr<token_maker>;

/// What all kinds of credentials are given.
struct maker_context {
  std::vector<std::string> scopes;
  /// Service accounts ask a token endpoint instead of signing tokens.
  bool grants = false;
  host_rules rules;
  /// Where the tokens are shown.
  std::string service_host;
  std::function<std::chrono::system_clock::time_point()> now;
  std::shared_ptr<token_client> client;

  /// The same for a credential whose tokens are traded for others.
  maker_context for_source() const {
    auto result = *this;
    result.scopes = {"https://www.googleapis.com/auth/cloud-platform"};
    return result;
  }
};

/// Separated by blanks.
inline std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string result;
  for (const auto& x : scopes)
    result += (result.empty() ? "" : " ") + x;
  return result;
}

} // namespace bqs::http
