#pragma once

#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Returns `text` in lower case, as far as it is ASCII.
inline std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

} // namespace bqs::sandbox
