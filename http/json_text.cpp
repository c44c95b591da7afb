#include "http/json_text.hpp"

namespace bqs::http {

using nlohmann::json;

namespace {

/// Far above what is nested in a credential or in an answer.
constexpr auto most_depth = 64;

} // namespace

json parse_json(std::string_view text) {
  json none(json::value_t::discarded);
  if (text.find('\0') != std::string_view::npos)
    return none;
  auto fits = true;
  auto look = [&fits](int around, json::parse_event_t what, json&) {
    using event = json::parse_event_t;
    if (what == event::object_start || what == event::array_start)
      fits = fits && around < most_depth;
    return fits;
  };
  auto result = json::parse(text, look, false);
  if (!fits)
    return none;
  return result;
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
