#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bqs::app {

/// A value as it was written; what it means is for the key to say.
struct ini_value {
  std::string text;
  /// Stood in quotes: then it is a text, whatever it looks like.
  bool quoted = false;
};

struct ini_entry {
  std::string key;
  ini_value value;
  std::size_t line = 0;
};

/// A `[name]` and what stands below it.
struct ini_section {
  std::string name;
  std::size_t line = 0;
  std::vector<ini_entry> entries;
};

/// Where a text stops to be an INI file.
struct ini_error {
  std::size_t line = 0;
  std::string text;
};

/// Reads the form of an INI file and leaves its meaning to others:
///
///     # a comment; so is a line that begins with `;`
///     [batch]
///     rows = 1000            ; so is what follows a blank
///     [insert]
///     trace-id = "with # and \" inside"
///
/// Strict: whatever is none of that is an error.
std::variant<std::vector<ini_section>, ini_error>
parse_ini(std::string_view text);

} // namespace bqs::app
