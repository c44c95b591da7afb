#pragma once

#include <cstdlib>
#include <string>

namespace bqs::http {

/// Returns what a variable of the process holds; empty if it is not set.
inline std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : "";
}

} // namespace bqs::http
