#pragma once

#include <string>
#include <string_view>

namespace bqs::http {

/// Returns `text` in lower case, as far as it is ASCII: host names and schemes
/// are the same in both, whatever the locale.
inline std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

} // namespace bqs::http
