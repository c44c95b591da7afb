#pragma once

#include <string_view>

namespace bqs::http {

/// Whether a text is a code or a name such as 401, AADSTS70011,
/// INVALID_CREDENTIALS or service_account, which may be repeated. Longer ones
/// of all kinds of characters may be a secret that somebody put there.
bool is_code(std::string_view x);

} // namespace bqs::http
