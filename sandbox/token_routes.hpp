#pragma once

#include <string>

#include "sandbox/message.hpp"
#include "sandbox/metadata.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/token_admin.hpp"
#include "sandbox/token_office.hpp"

namespace bqs::sandbox {

/// Answers what Google's token services are asked, and the endpoint's own
/// requests about tokens and credentials. From any thread.
class token_routes {
public:
  /// @param project of the metadata server.
  token_routes(token_office& office, const std::string& project);

  /// Answers a method whose name begins with `tokens` or `credentials`; throws
  /// a `refusal` where the service answers with its usual envelope.
  reply answer(const route& where, const request& x);

private:
  reply grant(const request& x);
  issued_token grant_by_type(const request& x);
  reply impersonate(const route& where, const request& x);

  token_office& office_;
  metadata_server metadata_;
  token_admin admin_;
};

} // namespace bqs::sandbox
