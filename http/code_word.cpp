#include "http/code_word.hpp"

#include <algorithm>

namespace bqs::http {

bool is_code(std::string_view x) {
  auto is_lower = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  auto is_any = [&](char c) {
    return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '-'
           || c == '.';
  };
  auto consists_of
    = [x](auto kind) { return std::all_of(x.begin(), x.end(), kind); };
  if (x.empty() || x.size() > 40)
    return false;
  return consists_of(is_lower) || consists_of(is_upper)
         || (x.size() <= 12 && consists_of(is_any));
}

} // namespace bqs::http
