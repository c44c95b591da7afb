#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace bqs::sandbox {

using form = std::map<std::string, std::string, std::less<>>;

/// Reads a body of `application/x-www-form-urlencoded`. Returns what is wrong
/// with it otherwise: a name that comes twice, a percent sign that means
/// nothing.
std::variant<form, std::string> parse_form(std::string_view body);

/// Returns a value; empty if there is none.
std::string_view value_of(const form& x, std::string_view name);

} // namespace bqs::sandbox
