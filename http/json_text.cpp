#include "http/json_text.hpp"

namespace bqs::http {

using nlohmann::json;

namespace {

/// Far above what is nested in a credential or in an answer.
constexpr auto most_depth = 64;

} // namespace

// The parser could tell at each step, but goes through all that came before for
// it.
bool is_too_deep(std::string_view text) {
  auto depth = 0;
  auto in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '"')
      in_string = !in_string;
    else if (in_string)
      i += c == '\\' ? 1 : 0;
    else if (c == '{' || c == '[')
      ++depth;
    else if (c == '}' || c == ']')
      --depth;
    if (depth > most_depth)
      return true;
  }
  return false;
}

json parse_json(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || is_too_deep(text))
    return json(json::value_t::discarded);
  return json::parse(text, nullptr, false);
}

const char* object_fault(std::string_view text, const json& parsed) {
  if (!parsed.is_discarded())
    return "not a JSON object";
  return is_too_deep(text) ? "nested too deep" : "not JSON";
}

const json& member_of(const json& x, const char* member) {
  static const json null;
  auto i = x.find(member);
  return i != x.end() ? *i : null;
}

std::string text_of(const json& x, const char* member) {
  auto& found = member_of(x, member);
  return found.is_string() ? found.get<std::string>() : std::string{};
}

} // namespace bqs::http
