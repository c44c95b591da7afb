#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace bqs::http {

/// What lets a request in.
struct token {
  /// The value behind `Bearer `; empty if the endpoint wants none.
  std::string value;
  /// How long it may be used, from the moment it was made. A little less than
  /// the service grants, so that a clock that is wrong by seconds does no harm.
  std::chrono::seconds lifetime{0};
};

/// A source of tokens. Blocking and not thread-safe: one actor owns it.
class credentials {
public:
  virtual ~credentials();

  /// Returns a new token, or one line that says why there is none (without any
  /// secret in it).
  virtual std::variant<token, std::string> fetch() = 0;
};

/// What the settings say about credentials.
struct credential_options {
  /// `none`, or the path of a service-account key file. Empty: the file that
  /// `GOOGLE_APPLICATION_CREDENTIALS` names.
  std::string source;
  /// Full scope URLs; the least that streaming needs by default.
  std::vector<std::string> scopes{
    "https://www.googleapis.com/auth/bigquery.insertdata"};
};

/// Where tokens take their dates from.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

/// Opens the credentials: reads and checks the file now, so that a bad one is
/// found at start. The line on failure names the file and the field.
///
/// A key file signs its own tokens, so that `fetch` needs no network. `none`
/// gives tokens without a value; whether an endpoint may do without one is for
/// the settings to say.
std::variant<std::unique_ptr<credentials>, std::string>
open_credentials(const credential_options& options,
                 wall_clock now = std::chrono::system_clock::now);

} // namespace bqs::http
