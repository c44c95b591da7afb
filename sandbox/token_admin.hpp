#pragma once

#include "sandbox/message.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/token_office.hpp"

namespace bqs::sandbox {

/// What a test asks about tokens and credentials while the endpoint runs:
///
///     GET    /sandbox/tokens        mode, lifetime, the tokens that are known
///     POST   /sandbox/tokens        {"mode": "any" or "strict",
///                                   "lifetime_seconds": N}, one or both
///     DELETE /sandbox/tokens        revokes all, or ?account=A, ?id=I
///     GET    /sandbox/credentials   who is registered
///     POST   /sandbox/credentials   registers a credential file, the body
///     DELETE /sandbox/credentials   ?account=A: forgets it
///
/// Secrets go in and never out.
class token_admin {
public:
  explicit token_admin(token_office& office);

  /// Throws a `refusal` that names what is wrong.
  reply answer(api_method method, const request& x);

private:
  reply set(const request& x);
  reply revoke(const request& x);
  reply add(const request& x);
  reply remove(const request& x);

  token_office& office_;
};

} // namespace bqs::sandbox
