#include "sandbox/token_routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/form.hpp"
#include "sandbox/resources.hpp"
#include "sandbox/scopes.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;
using std::chrono::seconds;

constexpr std::string_view jwt_bearer
  = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view token_exchange
  = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view access_token
  = "urn:ietf:params:oauth:token-type:access_token";

/// Two assertions would fit, encoded.
constexpr std::size_t max_body = 64u << 10;

oauth_refusal invalid_request(const std::string& description) {
  return {400, "invalid_request", description};
}

std::string_view required(const form& x, std::string_view name) {
  auto result = value_of(x, name);
  if (result.empty())
    throw invalid_request("Required parameter is missing: "
                          + std::string{name});
  return result;
}

/// A scope may be left out; then the service takes a default.
void check_optional_scope(const form& x) {
  auto scope = value_of(x, "scope");
  if (!scope.empty() && !is_scope_list(scope))
    throw invalid_scope();
}

bool is_subject_type(std::string_view x) {
  constexpr std::array<std::string_view, 6> known{
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:saml2",
    "urn:ietf:params:oauth:token-type:access_token",
    "urn:ietf:params:oauth:token-type:mtls",
    "urn:ietf:params:aws:token-type:aws4_request"};
  return std::find(known.begin(), known.end(), x) != known.end();
}

issued_token grant_exchange(token_office& office, const form& x,
                            std::string_view authorization) {
  auto audience = required(x, "audience");
  auto token = required(x, "subject_token");
  if (!is_subject_type(required(x, "subject_token_type")))
    throw invalid_request("Invalid value for \"subject_token_type\".");
  if (required(x, "requested_token_type") != access_token)
    throw invalid_request("Invalid value for \"requested_token_type\".");
  check_optional_scope(x);
  return office.grant_exchange(audience, token, authorization);
}

/// Reads `3600s`.
std::optional<seconds> read_lifetime(const ordered_json& x) {
  if (!x.is_string())
    return std::nullopt;
  auto& text = x.get_ref<const std::string&>();
  int value = 0;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc{} || std::string_view(end, last) != "s")
    return std::nullopt;
  return seconds{value};
}

/// Returns the lifetime that a body asks for.
seconds check_impersonation(const std::string& body) {
  auto wish = body.size() > max_body
                ? ordered_json{}
                : ordered_json::parse(body, nullptr, false);
  if (!wish.is_object())
    throw not_json("Want an object with scope and lifetime.");
  auto scopes = wish.value("scope", ordered_json::array());
  auto good = scopes.is_array() && !scopes.empty();
  for (auto& x : scopes)
    good
      = good && x.is_string() && is_scope_list(x.get_ref<const std::string&>());
  if (!good)
    throw invalid("Request contains an invalid argument: scope");
  if (!wish.contains("lifetime"))
    return token_office::max_lifetime;
  auto lifetime = read_lifetime(wish["lifetime"]);
  if (!lifetime || *lifetime <= 0s || *lifetime > token_office::max_lifetime)
    throw invalid("The access token lifetime must be more than 0s and at most "
                  "3600s.");
  return *lifetime;
}

refusal may_not_impersonate() {
  return {403,
          "forbidden",
          "Permission 'iam.serviceAccounts.getAccessToken' denied on resource "
          "(or it may not exist).",
          {},
          {},
          {}};
}

} // namespace

token_routes::token_routes(token_office& office, const std::string& project)
  : office_(office), metadata_(office, project), admin_(office) {
  // nop
}

reply token_routes::answer(const route& where, const request& x) {
  if (where.method == api_method::tokens_grant)
    return grant(x);
  if (where.method == api_method::tokens_impersonate)
    return impersonate(where, x);
  if (where.method == api_method::tokens_metadata)
    return metadata_.answer(x);
  return admin_.answer(where.method, x);
}

reply token_routes::grant(const request& x) {
  reply result;
  try {
    auto token = grant_by_type(x);
    ordered_json body{{"access_token", token.text},
                      {"expires_in", token.lifetime.count()},
                      {"token_type", "Bearer"}};
    // The exchange wants it, and the others do not mind.
    body["issued_token_type"] = access_token;
    result = json_reply(body);
  } catch (const oauth_refusal& why) {
    result = json_reply(
      {{"error", why.error}, {"error_description", why.description}});
    result.status = why.status;
  }
  result.headers.emplace_back("Cache-Control", "no-store");
  return result;
}

issued_token token_routes::grant_by_type(const request& x) {
  if (x.body.size() > max_body)
    throw invalid_request("The body is too large.");
  auto parsed = parse_form(x.body);
  if (auto why = std::get_if<std::string>(&parsed))
    throw invalid_request(*why);
  auto& fields = std::get<form>(parsed);
  auto type = required(fields, "grant_type");
  if (type == jwt_bearer)
    return office_.grant_assertion(required(fields, "assertion"),
                                   "http://" + x.host + x.path);
  if (type == token_exchange)
    return grant_exchange(office_, fields, x.authorization);
  if (type != "refresh_token")
    throw oauth_refusal{400, "unsupported_grant_type", "Invalid grant_type."};
  auto token = required(fields, "refresh_token");
  auto client = required(fields, "client_id");
  auto secret = required(fields, "client_secret");
  check_optional_scope(fields);
  return office_.grant_refresh(token, client, secret);
}

reply token_routes::impersonate(const route& where, const request& x) {
  constexpr std::string_view verb = ":generateAccessToken";
  std::string_view email = where.at.table;
  if (!email.ends_with(verb))
    throw no_such_method();
  email.remove_suffix(verb.size());
  if (!office_.admits(x.authorization))
    throw bad_token();
  auto lifetime = check_impersonation(x.body);
  if (!office_.may_impersonate(x.authorization, email))
    throw may_not_impersonate();
  auto token = office_.grant(email, "generateAccessToken", lifetime);
  auto until = std::chrono::floor<seconds>(token.expires).time_since_epoch();
  return json_reply({{"accessToken", token.text},
                     {"expireTime", render_timestamp(until / 1us)}});
}

} // namespace bqs::sandbox
