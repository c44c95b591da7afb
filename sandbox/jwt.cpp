#include "sandbox/jwt.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "sandbox/base64url.hpp"

namespace bqs::sandbox {

namespace {

using nlohmann::json;

/// Reads one of the three parts; anything but an object if it is wrong.
json read_part(std::string_view text) {
  auto decoded = from_base64url(text);
  return decoded ? json::parse(*decoded, nullptr, false) : json{};
}

/// Takes a string that may be missing; false if it is something else.
bool take(const json& from, const char* name, std::string& to) {
  auto i = from.find(name);
  if (i == from.end())
    return true;
  if (i->is_string())
    to = i->get<std::string>();
  return i->is_string();
}

/// Takes a time in seconds that must be there.
bool take(const json& from, const char* name, std::int64_t& to) {
  // Beyond, differences might overflow.
  constexpr double end_of_time = 1e12;
  auto i = from.find(name);
  if (i == from.end() || !i->is_number())
    return false;
  auto seconds = i->get<double>();
  if (!(seconds >= 0 && seconds < end_of_time))
    return false;
  to = static_cast<std::int64_t>(seconds);
  return true;
}

/// Returns what is wrong with a head; empty if nothing.
std::string check_head(const json& head, jwt& out) {
  std::string algorithm;
  if (!head.is_object() || !take(head, "alg", algorithm))
    return "the header is not a JSON object in base64url";
  // Neither `none` nor a secret that everybody knows, the public key.
  if (algorithm != "RS256")
    return "alg is not RS256";
  if (head.contains("crit"))
    return "crit is not supported";
  if (!take(head, "kid", out.key_id))
    return "kid is not a string";
  return {};
}

/// Returns what is wrong with the claims; empty if nothing.
std::string check_claims(const json& claims, jwt& out) {
  if (!claims.is_object())
    return "the claims are not a JSON object in base64url";
  if (!take(claims, "iss", out.issuer) || out.issuer.empty())
    return "iss is missing";
  if (!take(claims, "sub", out.subject) || !take(claims, "aud", out.audience)
      || !take(claims, "scope", out.scope))
    return "sub, aud and scope must be strings";
  if (!take(claims, "iat", out.issued_at)
      || !take(claims, "exp", out.expires_at))
    return "iat and exp must be seconds since 1970";
  return {};
}

} // namespace

std::variant<jwt, std::string> parse_jwt(std::string_view text) {
  if (text.size() > max_jwt_bytes)
    return "it is too long";
  constexpr auto none = std::string_view::npos;
  auto first = text.find('.');
  auto second = first == none ? none : text.find('.', first + 1);
  if (second == none || text.find('.', second + 1) != none)
    return "it does not have three parts";
  jwt result;
  auto head = read_part(text.substr(0, first));
  if (auto fault = check_head(head, result); !fault.empty())
    return fault;
  auto claims = read_part(text.substr(first + 1, second - first - 1));
  if (auto fault = check_claims(claims, result); !fault.empty())
    return fault;
  auto signature = from_base64url(text.substr(second + 1));
  if (!signature || signature->empty())
    return "the signature is not base64url";
  result.signed_text = text.substr(0, second);
  result.signature = std::move(*signature);
  return result;
}

} // namespace bqs::sandbox
