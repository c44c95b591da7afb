#include "http/form.hpp"

namespace bqs::http {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

} // namespace

std::string encode_form(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (auto c : text)
    if (is_unreserved(c)) {
      result += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15u];
    }
  return result;
}

std::string encode_form(
  const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string result;
  for (auto& [name, value] : fields)
    result += (result.empty() ? "" : "&") + encode_form(name) + "="
              + encode_form(value);
  return result;
}

} // namespace bqs::http
