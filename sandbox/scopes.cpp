#include "sandbox/scopes.hpp"

#include <algorithm>

namespace bqs::sandbox {

namespace {

bool is_scope(std::string_view x) {
  return x.starts_with("https://") || x == "openid" || x == "email"
         || x == "profile";
}

} // namespace

bool is_scope_list(std::string_view x) {
  auto count = 0;
  while (!x.empty()) {
    auto word = x.substr(0, x.find(' '));
    x.remove_prefix(std::min(word.size() + 1, x.size()));
    if (word.empty())
      continue;
    if (!is_scope(word))
      return false;
    ++count;
  }
  return count > 0;
}

} // namespace bqs::sandbox
