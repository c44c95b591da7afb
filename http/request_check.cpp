#include "http/request_check.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace bqs::http {

namespace {

/// RFC 9110's `tchar`.
bool is_name_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
}

/// Blanks and tabs, but nothing that could end the line.
bool is_value_char(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}

bool is_path_char(char c) {
  return c > ' ' && c < 0x7f;
}

template <class Predicate>
bool all_of(const std::string& text, Predicate f) {
  return std::all_of(text.begin(), text.end(), f);
}

bool is_framing(const std::string& name) {
  constexpr std::array words{
    "Host",       "Content-Length", "Transfer-Encoding",
    "Connection", "Expect",         "Upgrade",
    "TE",         "Trailer"};
  return std::ranges::any_of(words, [&name](const char* word) {
    return ::strcasecmp(name.c_str(), word) == 0;
  });
}

} // namespace

std::string
request_fault(const std::string& path,
              const std::vector<std::pair<std::string, std::string>>& fields) {
  if (path.empty() || path.front() != '/' || !all_of(path, is_path_char))
    return "the path is not one";
  for (const auto& [name, value] : fields) {
    if (name.empty() || !all_of(name, is_name_char))
      return "the name of a header is not one";
    if (is_framing(name))
      return "the header " + name + " is not the caller's to set";
    if (!all_of(value, is_value_char))
      return "the header " + name + " contains a control character";
  }
  return {};
}

} // namespace bqs::http
