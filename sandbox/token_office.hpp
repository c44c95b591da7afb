#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/credential_book.hpp"
#include "sandbox/live_tokens.hpp"

namespace bqs::sandbox {

/// Why a token endpoint gives none, as RFC 6749 tells it. Thrown.
struct oauth_refusal {
  int status = 400;
  std::string error;
  std::string description;
};

oauth_refusal invalid_scope();

/// A token on its way to whom it was made for.
struct issued_token {
  std::string text;
  std::chrono::seconds lifetime{0};
  std::chrono::system_clock::time_point expires;
};

/// Which requests are let in.
enum class token_mode : std::uint8_t {
  /// With any token, or none.
  any,
  /// With one of a list.
  listed,
  /// With a live token of this office, or one that a registered key signed.
  strict,
};

/// Gives tokens to those who can show a credential, and knows them again. From
/// any thread.
///
/// What is registered is checked in every mode. What is not registered gets a
/// token, too, unless the mode is `strict`: where any token will do, a token
/// endpoint that gives none would be in the way.
class token_office {
public:
  using time_point = std::chrono::system_clock::time_point;

  /// What it takes from outside.
  struct surroundings {
    std::function<time_point()> clock;
    /// Returns so many bytes that nobody can guess.
    std::function<std::string(std::size_t)> random;
  };

  /// Most tokens that live at a time.
  static constexpr std::size_t max_tokens = 10'000;
  /// The longest that a token lives.
  static constexpr std::chrono::seconds max_lifetime{3'600};

  explicit token_office(surroundings x);

  // -- what decides -----------------------------------------------------------

  /// Adds a credential file; see `credential_book::add`.
  std::string register_credential(std::string_view file);

  /// Forgets an account and revokes its tokens. False if there is none.
  bool forget_account(std::string_view account);

  /// Lets in what is on the list alone.
  void accept_only(std::vector<std::string> tokens);

  /// To `any` or `strict`.
  void set_mode(token_mode x);

  /// Of tokens that are made from now on; more than 0, at most `max_lifetime`.
  void set_lifetime(std::chrono::seconds x);

  /// Revokes all tokens, those of an account, or the one whose hash begins
  /// with `id`; empty means all. Returns how many. A self-signed token is known
  /// only once it was shown.
  std::size_t revoke(std::string_view account, std::string_view id);

  // -- what gives tokens; all throw `oauth_refusal` ---------------------------

  /// @param url of the token endpoint, as the client called it; with either
  ///        scheme it will do as audience, as the service's own does.
  issued_token grant_assertion(std::string_view assertion,
                               std::string_view url);

  issued_token grant_refresh(std::string_view refresh_token,
                             std::string_view client_id,
                             std::string_view client_secret);

  /// @param authorization the header, by which a client of a workload is known
  issued_token grant_exchange(std::string_view audience,
                              std::string_view subject_token,
                              std::string_view authorization);

  /// To whom it belongs is sure already.
  issued_token grant(std::string_view account, std::string_view how,
                     std::chrono::seconds at_most = max_lifetime);

  // -- what knows them --------------------------------------------------------

  /// Whether a request with this `Authorization` header may pass.
  bool admits(std::string_view authorization);

  /// Whether whoever sent this header may have tokens of `email`.
  bool may_impersonate(std::string_view authorization, std::string_view email);

  /// Mode, lifetime and tokens, without any secret.
  nlohmann::ordered_json show_tokens() const;

  /// See `credential_book::list`.
  nlohmann::ordered_json show_credentials() const;

private:
  issued_token issue(std::string_view account, std::string_view how,
                     std::chrono::seconds at_most);
  /// Returns what is known of a token that is in force; null otherwise.
  const token_record* find_live(std::string_view token);
  const token_record* find_self_signed(std::string_view token);

  surroundings around_;
  mutable std::mutex mutex_;
  token_mode mode_ = token_mode::any;
  std::set<std::string, std::less<>> listed_;
  std::chrono::seconds lifetime_{max_lifetime - std::chrono::seconds{1}};
  credential_book known_;
  live_tokens tokens_{max_tokens};
};

/// Returns `any`, `listed` or `strict`.
std::string_view to_string(token_mode x);

} // namespace bqs::sandbox
