#pragma once

#include <string_view>

namespace bqs::sandbox {

/// Whether `x` names one or more scopes, with blanks in between: URLs, or the
/// words of OpenID. Which of them exist is not known here.
bool is_scope_list(std::string_view x);

} // namespace bqs::sandbox
