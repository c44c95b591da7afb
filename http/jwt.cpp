#include "http/jwt.hpp"

#include <nlohmann/json.hpp>

#include "http/base64url.hpp"

namespace bqs::http {

std::optional<std::string> make_jwt(const signing_key& key,
                                    const std::string& key_id,
                                    const jwt_claims& claims) {
  nlohmann::json head{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!key_id.empty())
    head["kid"] = key_id;
  nlohmann::json body{{"iss", claims.email},
                      {"scope", claims.scope},
                      {"iat", claims.issued_at},
                      {"exp", claims.expires_at}};
  if (claims.audience.empty())
    body["sub"] = claims.email;
  else
    body["aud"] = claims.audience;
  auto result = base64url(head.dump()) + "." + base64url(body.dump());
  auto signature = key.sign(result);
  if (!signature)
    return std::nullopt;
  return result + "." + base64url(*signature);
}

} // namespace bqs::http
