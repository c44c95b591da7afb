#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "http/transport_options.hpp"

namespace bqs::http {

/// What lets a request in.
struct token {
  /// The value behind `Bearer `; empty if the endpoint wants none.
  std::string value;
  /// How long it may be used, from the moment it was made. A little less than
  /// the service grants, so that a clock that is wrong by seconds does no harm.
  std::chrono::seconds lifetime{0};
  /// The project that pays for requests with it; empty: that of the tables.
  std::string quota_project = {};
};

/// Whether credentials have changed under way.
struct credential_change {
  /// Others are in use from now on.
  bool replaced = false;
  /// Why the changed file is not used; the old credentials stay. Said once for
  /// each change, and again when the reason is another.
  std::string fault = {};
};

/// A source of tokens. Blocking and not thread-safe: one actor owns it.
class credentials {
public:
  virtual ~credentials();

  /// Returns a new token, or one line that says why there is none (without any
  /// secret in it). Waits for the network where there is one in between.
  virtual std::variant<token, std::string> fetch() = 0;

  /// Reads the file again if it has changed, or could not be used last time.
  virtual credential_change refresh();

  /// Ends the fetch under way, and all later ones. From any thread.
  virtual void cancel() noexcept;
};

/// How a service account comes by its tokens.
enum class token_source : std::uint8_t {
  /// It signs them itself.
  self_signed,
  /// It asks the token endpoint that its key file names.
  token_endpoint,
};

/// What the settings say about credentials.
struct credential_options {
  /// `none`, or the path of a credential file. Empty: what Google's libraries
  /// find (GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata server).
  std::string source;
  /// Full scope URLs; the least that streaming needs by default.
  std::vector<std::string> scopes{
    "https://www.googleapis.com/auth/bigquery.insertdata"};
  token_source from = token_source::self_signed;
  /// A service account to act as: its email, or the URL of its
  /// `generateAccessToken`. Empty: none.
  std::string impersonate = {};
  /// Service accounts in between.
  std::vector<std::string> delegates = {};
  /// Wins over what the environment and the file say.
  std::string quota_project = {};
  /// Hosts that may be told secrets, beside this machine and Google's.
  std::vector<std::string> allowed_hosts = {};
  /// Where tokens are shown.
  std::string service_host = "bigquery.googleapis.com";
  transport_options transport = {};
};

/// Where tokens take their dates from.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

/// Why there are no credentials.
struct open_fault {
  /// One line, to follow `where`; it names the file and the field.
  std::string text;
  /// It may go well at another time: nobody has answered who might have.
  bool may_pass = false;
  /// The setting, or the variable of the environment, that must be mended.
  std::string where = "bigquery.credentials";
};

/// Opens the credentials: reads and checks the file now, so that a bad one is
/// found at start, and asks for a metadata server if there is no file.
///
/// `none` gives tokens without a value; whether an endpoint may do without one
/// is for the settings to say.
std::variant<std::unique_ptr<credentials>, open_fault>
open_credentials(const credential_options& options,
                 wall_clock now = std::chrono::system_clock::now);

} // namespace bqs::http
