#include "tests/live/arguments.hpp"

#include <string_view>
#include <utility>

#include "app/settings_reader.hpp"

namespace bqs::live {

std::variant<arguments, std::string> read_arguments(int argc, char** argv) {
  constexpr std::string_view prefix = "--bigquery.";
  arguments result;
  std::vector<app::setting_option> options;
  for (auto i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto equals = argument.find('=');
    if (!argument.starts_with("--")) {
      result.words.push_back(std::move(argument));
    } else if (!argument.starts_with(prefix) || equals == std::string::npos) {
      return argument.substr(0, equals)
             + " is no setting such as --bigquery.credentials=FILE";
    } else {
      options.push_back(
        {argument.substr(2, equals - 2), argument.substr(equals + 1)});
      result.settings.push_back(std::move(argument));
    }
  }
  auto read = app::read_settings({}, {}, options);
  if (auto why = std::get_if<std::string>(&read))
    return *why;
  result.bigquery = std::get<app::settings>(read).node.bigquery;
  return result;
}

} // namespace bqs::live
