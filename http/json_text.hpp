#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bqs::http {

/// Reads JSON that others wrote. Discarded if it is none, if it holds a NUL
/// (which the parser takes for the end), or if it nests deeper than anything
/// that has a meaning here: copies and texts of values call themselves for each
/// level.
nlohmann::json parse_json(std::string_view text);

/// Whether a text nests deeper than `parse_json` reads.
bool is_too_deep(std::string_view text);

/// What a text is that should be a JSON object and is none, without its words:
/// it is "nested too deep", "not JSON" or "not a JSON object".
/// @param parsed what `parse_json` made of it.
const char* object_fault(std::string_view text, const nlohmann::json& parsed);

/// Returns a member; null if it is missing or if `x` is no object.
const nlohmann::json& member_of(const nlohmann::json& x, const char* member);

/// Returns the text of a member; empty if it is missing or none, or if `x` is
/// no object.
std::string text_of(const nlohmann::json& x, const char* member);

} // namespace bqs::http
