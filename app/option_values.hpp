#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bqs::app {

// What an option takes is said once, by its type name: `FILE`, `DIR`,
// `HOST:PORT`, or words of which one is meant, `auto|always|never`. The help
// shows it as it is; the completion knows from it what to propose.

/// Returns the words of `auto|always|never`; of `unlimited|N` only the first,
/// for capital letters stand for something else.
inline std::vector<std::string> fixed_values(std::string_view type_name) {
  std::vector<std::string> result;
  while (true) {
    auto end = type_name.find('|');
    auto word = type_name.substr(0, end);
    if (!word.empty()
        && word.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
             == std::string_view::npos)
      result.emplace_back(word);
    if (end == std::string_view::npos)
      return result;
    type_name.remove_prefix(end + 1);
  }
}

} // namespace bqs::app
