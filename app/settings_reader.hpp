#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/settings.hpp"

namespace bqs::app {

/// A setting given on the command line.
struct setting_option {
  std::string key;
  std::string value;
};

/// Reads a configuration. Options win over the file's groups; a table's section
/// wins for its table and starts from what the groups and options say, wherever
/// it stands in the file. Whatever is not understood, not allowed or does not
/// fit together is refused with one line that names the place and says what is
/// allowed.
/// @param name what messages call the file
std::variant<settings, std::string>
read_settings(std::string_view name, std::string_view text,
              const std::vector<setting_option>& options);

/// The same with a file; without one if `path` is empty.
std::variant<settings, std::string>
load_settings(const std::string& path,
              const std::vector<setting_option>& options);

} // namespace bqs::app
