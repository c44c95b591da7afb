#include "sandbox/table_pattern.hpp"

namespace bqs::sandbox {

bool is_table_pattern(std::string_view x) {
  auto dot = x.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < x.size()
         && x.find('.', dot + 1) == std::string_view::npos;
}

bool matches_table(std::string_view pattern, std::string_view table) {
  constexpr auto none = std::string_view::npos;
  if (pattern.empty())
    return true;
  // Where to go on with one more character for the last star.
  auto star = none;
  std::size_t resume = 0;
  std::size_t p = 0;
  for (std::size_t t = 0; t < table.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == table[t]) {
      ++p;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == none;
}

} // namespace bqs::sandbox
