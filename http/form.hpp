#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bqs::http {

/// Percent-encodes all but RFC 3986's unreserved characters.
std::string encode_form(std::string_view text);

/// Returns a body of `application/x-www-form-urlencoded`.
std::string encode_form(
  const std::vector<std::pair<std::string_view, std::string_view>>& fields);

} // namespace bqs::http
