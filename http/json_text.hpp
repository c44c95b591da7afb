#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace bqs::http {

/// Returns the text of a member; empty if it is missing or none, or if `x` is
/// no object.
inline std::string text_of(const nlohmann::json& x, const char* member) {
  auto i = x.find(member);
  return i != x.end() && i->is_string() ? i->get<std::string>() : std::string{};
}

} // namespace bqs::http
