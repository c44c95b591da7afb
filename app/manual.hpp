#pragma once

#include <string>

namespace CLI {

class App;

} // namespace CLI

namespace bqs::app {

/// Returns the page for man(1), as troff(7), of what the program and its
/// commands take: all that `--help` says, from the same source.
/// @param version such as `bqstreamer 0.1.0`
std::string manual_page(const CLI::App& program, const std::string& version);

} // namespace bqs::app
