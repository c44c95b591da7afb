#include "sandbox/form.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace bqs::sandbox {

namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    auto digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    auto [end, error]
      = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{}
        || end != digits.data() + digits.size())
      return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

} // namespace

std::variant<form, std::string> parse_form(std::string_view body) {
  form result;
  while (!body.empty()) {
    auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty())
      continue;
    auto split = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, split));
    auto value = decode(pair.substr(std::min(split + 1, pair.size())));
    if (!name || !value)
      return "The body is not form-encoded.";
    if (!result.emplace(std::move(*name), std::move(*value)).second)
      return "A parameter is given more than once.";
  }
  return result;
}

std::string_view value_of(const form& x, std::string_view name) {
  auto i = x.find(name);
  return i == x.end() ? std::string_view{} : std::string_view{i->second};
}

} // namespace bqs::sandbox
