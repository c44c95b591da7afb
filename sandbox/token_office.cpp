#include "sandbox/token_office.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "sandbox/base64url.hpp"
#include "sandbox/scopes.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

/// How far clocks may be apart.
constexpr auto skew = 5min;
/// A name of unknown origin is cut behind so many bytes.
constexpr std::size_t max_account = 320;
/// So much of a hash tells tokens apart.
constexpr std::size_t id_digits = 16;

const char* const google_audience = "https://oauth2.googleapis.com/token";
const char* const bigquery_audience = "https://bigquery.googleapis.com/";

oauth_refusal invalid_grant(const std::string& description) {
  return {400, "invalid_grant", description};
}

oauth_refusal invalid_target() {
  return {400, "invalid_target",
          "The target service indicated by the \"audience\" parameters is "
          "invalid. This might either be because the pool or provider is "
          "disabled or deleted or because it doesn't exist."};
}

/// Returns the value of a header `Bearer VALUE`.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  return authorization.starts_with(scheme) ? authorization.substr(scheme.size())
                                           : std::string_view{};
}

/// Returns the `ID:SECRET` of a header `Basic VALUE`.
std::string shown_client(std::string_view authorization) {
  constexpr std::string_view scheme = "Basic ";
  if (!authorization.starts_with(scheme))
    return {};
  std::string text{authorization.substr(scheme.size())};
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  std::erase(text, '=');
  return from_base64url(text).value_or(std::string{});
}

/// Whether a token lives at most an hour, and now.
/// @param grace for how long after its end it still does.
bool is_timely(const jwt& x, token_office::time_point now, seconds grace) {
  auto today = std::chrono::floor<seconds>(now).time_since_epoch();
  seconds from{x.issued_at};
  seconds to{x.expires_at};
  return to > from && to - from <= token_office::max_lifetime
         && from <= today + skew && to + grace > today;
}

bool is_audience(std::string_view audience, std::string_view url) {
  auto without_scheme = [](std::string_view x) {
    return x.substr(std::min(x.find("://"), x.size()));
  };
  return audience == google_audience
         || (!audience.empty()
             && (audience.starts_with("http://")
                 || audience.starts_with("https://"))
             && without_scheme(audience) == without_scheme(url));
}

std::string show_time(token_office::time_point x) {
  return render_timestamp(std::chrono::floor<seconds>(x).time_since_epoch()
                          / 1us);
}

} // namespace

token_office::token_office(surroundings x) : around_(std::move(x)) {
  // nop
}

std::string token_office::register_credential(std::string_view file) {
  std::lock_guard guard{mutex_};
  return known_.add(file);
}

bool token_office::forget_account(std::string_view account) {
  std::lock_guard guard{mutex_};
  tokens_.revoke([&](auto& x) { return x.account == account; });
  return known_.remove(account);
}

void token_office::accept_only(std::vector<std::string> tokens) {
  std::lock_guard guard{mutex_};
  mode_ = token_mode::listed;
  listed_ = {tokens.begin(), tokens.end()};
}

void token_office::set_mode(token_mode x) {
  std::lock_guard guard{mutex_};
  mode_ = x;
}

void token_office::set_lifetime(seconds x) {
  std::lock_guard guard{mutex_};
  lifetime_ = x;
}

std::size_t token_office::revoke(std::string_view account,
                                 std::string_view id) {
  std::lock_guard guard{mutex_};
  return tokens_.revoke([&](const token_record& x) {
    return (account.empty() || x.account == account) && x.hash.starts_with(id);
  });
}

issued_token token_office::grant_assertion(std::string_view assertion,
                                           std::string_view url) {
  auto parsed = parse_jwt(assertion);
  if (auto why = std::get_if<std::string>(&parsed))
    throw invalid_grant("Invalid JWT: " + *why + ".");
  auto& x = std::get<jwt>(parsed);
  std::lock_guard guard{mutex_};
  auto verdict = known_.check(x);
  if (verdict == credential_book::verdict::unknown_account
      && mode_ == token_mode::strict)
    throw invalid_grant("Invalid grant: account not found");
  if (verdict == credential_book::verdict::forged)
    throw invalid_grant("Invalid JWT Signature.");
  if (!is_timely(x, around_.clock(), skew))
    throw invalid_grant(
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
      "reasonable timeframe. Check your iat and exp values in the JWT claim.");
  if (!is_audience(x.audience, url))
    throw invalid_grant("Invalid JWT: Failed audience check. The right "
                        "audience is "
                        + std::string{google_audience});
  if (!x.subject.empty() && x.subject != x.issuer)
    throw oauth_refusal{401, "unauthorized_client",
                        "Client is unauthorized to retrieve access tokens "
                        "using this method, or client not authorized for any "
                        "of the scopes requested."};
  if (!is_scope_list(x.scope))
    throw invalid_scope();
  return issue(x.issuer, "jwt-bearer", max_lifetime);
}

issued_token token_office::grant_refresh(std::string_view refresh_token,
                                         std::string_view client_id,
                                         std::string_view client_secret) {
  std::lock_guard guard{mutex_};
  auto user = known_.find_user(refresh_token);
  if (user == nullptr && mode_ != token_mode::strict)
    return issue(client_id, "refresh_token", max_lifetime);
  if (!known_.knows_client(client_id))
    throw oauth_refusal{401, "invalid_client",
                        "The OAuth client was not found."};
  if (user == nullptr)
    throw invalid_grant("Token has been expired or revoked.");
  if (user->client_id != client_id)
    throw oauth_refusal{401, "unauthorized_client", "Unauthorized"};
  if (user->client_secret != client_secret)
    throw oauth_refusal{401, "invalid_client",
                        "The provided client secret is invalid."};
  return issue(user->account, "refresh_token", max_lifetime);
}

issued_token token_office::grant_exchange(std::string_view audience,
                                          std::string_view subject_token,
                                          std::string_view authorization) {
  std::lock_guard guard{mutex_};
  if (auto client = known_.workload_client(audience);
      !client.empty() && client != shown_client(authorization))
    throw oauth_refusal{401, "invalid_client",
                        "The provided client secret is invalid."};
  if (!known_.admits_workload(audience, subject_token)
      && (mode_ == token_mode::strict || known_.knows_workload(audience)))
    throw known_.knows_workload(audience)
      ? invalid_grant("Invalid subject token.")
      : invalid_target();
  return issue(audience, "token-exchange", max_lifetime);
}

issued_token token_office::grant(std::string_view account, std::string_view how,
                                 seconds at_most) {
  std::lock_guard guard{mutex_};
  return issue(account, how, at_most);
}

bool token_office::admits(std::string_view authorization) {
  std::lock_guard guard{mutex_};
  auto token = bearer(authorization);
  switch (mode_) {
    case token_mode::any:
      return true;
    case token_mode::listed:
      return !token.empty() && listed_.contains(token);
    case token_mode::strict:
      return find_live(token) != nullptr;
  }
  return false;
}

bool token_office::may_impersonate(std::string_view authorization,
                                   std::string_view email) {
  std::lock_guard guard{mutex_};
  if (mode_ != token_mode::strict)
    return true;
  auto caller = find_live(bearer(authorization));
  return caller != nullptr && known_.may_impersonate(caller->account, email);
}

nlohmann::ordered_json token_office::show_tokens() const {
  std::lock_guard guard{mutex_};
  auto list = nlohmann::ordered_json::array();
  for (auto& x : tokens_.list(around_.clock()))
    list.push_back({{"id", x.hash.substr(0, id_digits)},
                    {"account", x.account},
                    {"grant", x.grant},
                    {"expires", show_time(x.expires)},
                    {"revoked", x.revoked}});
  return {{"mode", to_string(mode_)},
          {"lifetime_seconds", lifetime_.count()},
          {"tokens", std::move(list)}};
}

nlohmann::ordered_json token_office::show_credentials() const {
  std::lock_guard guard{mutex_};
  return known_.list();
}

issued_token token_office::issue(std::string_view account, std::string_view how,
                                 seconds at_most) {
  issued_token result;
  auto now = around_.clock();
  result.text = "ya29.sandbox-" + base64url(around_.random(32));
  result.lifetime = std::min(lifetime_, at_most);
  result.expires = now + result.lifetime;
  tokens_.add(result.text, std::string{account.substr(0, max_account)}, how,
              result.expires, now);
  return result;
}

const token_record* token_office::find_live(std::string_view token) {
  if (token.empty() || token.size() > max_jwt_bytes)
    return nullptr;
  auto known = tokens_.find(token);
  if (known == nullptr)
    known = find_self_signed(token);
  return known != nullptr && !known->revoked && known->expires > around_.clock()
           ? known
           : nullptr;
}

const token_record* token_office::find_self_signed(std::string_view token) {
  auto parsed = parse_jwt(token);
  auto x = std::get_if<jwt>(&parsed);
  if (x == nullptr || x->subject != x->issuer
      || !is_timely(*x, around_.clock(), 0s)
      || known_.check(*x) != credential_book::verdict::genuine)
    return nullptr;
  auto has_purpose = x->audience.empty() ? !x->scope.empty()
                                         : x->audience == bigquery_audience;
  if (!has_purpose)
    return nullptr;
  tokens_.add(token, x->issuer, "self-signed",
              time_point{seconds{x->expires_at}}, around_.clock());
  return tokens_.find(token);
}

oauth_refusal invalid_scope() {
  return {400, "invalid_scope",
          "Invalid OAuth scope or ID token audience provided."};
}

std::string_view to_string(token_mode x) {
  switch (x) {
    case token_mode::any:
      return "any";
    case token_mode::listed:
      return "listed";
    case token_mode::strict:
      return "strict";
  }
  return "any";
}

} // namespace bqs::sandbox
