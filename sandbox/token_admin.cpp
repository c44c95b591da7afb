#include "sandbox/token_admin.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/resources.hpp"

namespace bqs::sandbox {

namespace {

using nlohmann::ordered_json;
using std::chrono::seconds;

/// A misspelt parameter must not widen what is meant.
void check_parameters(const request& x,
                      std::initializer_list<std::string_view> known) {
  for (auto& [name, value] : x.query)
    if (std::find(known.begin(), known.end(), name) == known.end()
        || value.empty())
      throw invalid("unknown or empty parameter " + name);
}

token_mode read_mode(const ordered_json& x) {
  if (x == "any")
    return token_mode::any;
  if (x == "strict")
    return token_mode::strict;
  throw invalid("mode must be any or strict");
}

seconds read_lifetime(const ordered_json& x) {
  constexpr auto most = token_office::max_lifetime.count();
  if (!x.is_number_integer() || x < 1 || x > most)
    throw invalid("lifetime_seconds must be a number from 1 to "
                  + std::to_string(most));
  return seconds{x.get<int>()};
}

} // namespace

token_admin::token_admin(token_office& office) : office_(office) {
  // nop
}

reply token_admin::answer(api_method method, const request& x) {
  switch (method) {
    case api_method::tokens_get:
      return json_reply(office_.show_tokens());
    case api_method::tokens_set:
      return set(x);
    case api_method::tokens_revoke:
      return revoke(x);
    case api_method::credentials_get:
      return json_reply(office_.show_credentials());
    case api_method::credentials_add:
      return add(x);
    case api_method::credentials_remove:
      return remove(x);
    default:
      throw no_such_method();
  }
}

reply token_admin::set(const request& x) {
  auto wish = ordered_json::parse(x.body, nullptr, false);
  if (!wish.is_object())
    throw invalid("want a JSON object with mode or lifetime_seconds");
  std::optional<token_mode> mode;
  std::optional<seconds> lifetime;
  for (auto& [name, value] : wish.items())
    if (name == "mode")
      mode = read_mode(value);
    else if (name == "lifetime_seconds")
      lifetime = read_lifetime(value);
    else
      throw invalid("unknown member " + name);
  if (mode)
    office_.set_mode(*mode);
  if (lifetime)
    office_.set_lifetime(*lifetime);
  return json_reply(office_.show_tokens());
}

reply token_admin::revoke(const request& x) {
  check_parameters(x, {"account", "id"});
  auto count = office_.revoke(x.parameter("account"), x.parameter("id"));
  return json_reply({{"revoked", count}});
}

reply token_admin::add(const request& x) {
  auto fault = office_.register_credential(x.body);
  if (!fault.empty())
    throw invalid("credential: " + fault);
  return json_reply(office_.show_credentials());
}

reply token_admin::remove(const request& x) {
  check_parameters(x, {"account"});
  auto account = x.parameter("account");
  if (account.empty())
    throw invalid("want the parameter account");
  if (!office_.forget_account(account))
    throw refusal{404, "notFound", "no credential of this account", {}, {}, {}};
  return json_reply(office_.show_credentials());
}

} // namespace bqs::sandbox
