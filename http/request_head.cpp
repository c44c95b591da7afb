#include "http/request_head.hpp"

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

std::string fault_of(const std::string& name, const std::string& value) {
  if (name.empty() || !all_of(name, is_name_char))
    return "the name of a header is not one";
  if (is_framing(name))
    return "the header " + name + " is not the caller's to set";
  if (!all_of(value, is_value_char))
    return "the header " + name + " contains a control character";
  return {};
}

} // namespace

header_block::header_block(const std::vector<field>& fields) {
  for (const auto& [name, value] : fields) {
    fault_ = fault_of(name, value);
    if (!fault_.empty()) {
      text_.clear();
      return;
    }
    text_.append(name).append(": ").append(value).append("\r\n");
  }
}

header_block::header_block(std::initializer_list<field> fields)
  : header_block(std::vector<field>{fields}) {
  // nop
}

std::string write_head(std::string& out, const std::string& method,
                       const std::string& path, const std::string& host,
                       const header_block& fields,
                       std::optional<std::size_t> length) {
  if (path.empty() || path.front() != '/' || !all_of(path, is_path_char))
    return "the path is not one";
  if (!fields.fault().empty())
    return fields.fault();
  out.assign(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ");
  out.append(host).append("\r\n").append(fields.text());
  if (length)
    out.append("Content-Length: ").append(std::to_string(*length) + "\r\n");
  out.append("\r\n");
  return {};
}

} // namespace bqs::http
