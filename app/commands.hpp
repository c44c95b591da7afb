#pragma once

#include <functional>
#include <string>

#include "app/exit_codes.hpp"

namespace CLI {

class App;

} // namespace CLI

namespace bqs::app {

/// What the chosen command does; returns the exit code of the program.
using action = std::function<int()>;

// Each of these adds a command to the program. When that one is chosen, `run`
// becomes what it does.

void add_node_command(CLI::App& program, action& run);
void add_sandbox_command(CLI::App& program, action& run);
void add_send_command(CLI::App& program, action& run);
void add_errors_command(CLI::App& program, action& run);
void add_status_command(CLI::App& program, action& run);
void add_demo_command(CLI::App& program, action& run);

/// Prints `bqstreamer: line` to standard error and returns `code`.
int complain(const std::string& line, int code);

} // namespace bqs::app
