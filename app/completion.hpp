#pragma once

#include <string>

namespace CLI {

class App;

} // namespace CLI

namespace bqs::app {

/// Returns a script by which bash completes the program's commands, options,
/// values that are one of a few words, and file names.
std::string bash_completion(const CLI::App& program);

} // namespace bqs::app
