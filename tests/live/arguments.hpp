#pragma once

#include <string>
#include <variant>
#include <vector>

#include "bqstreamer/options.hpp"

namespace bqs::live {

/// What a program is told that asks the service as a node does.
struct arguments {
  /// Those that are no settings.
  std::vector<std::string> words;
  /// `--bigquery.KEY=VALUE`, as a node takes them.
  std::vector<std::string> settings;
  /// What they say.
  bigquery_options bigquery;
};

/// Reads a command line. Returns one line that says what is wrong otherwise.
std::variant<arguments, std::string> read_arguments(int argc, char** argv);

} // namespace bqs::live
