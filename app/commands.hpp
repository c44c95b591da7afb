#pragma once

#include <functional>
#include <string>

#include "app/color.hpp"
#include "app/exit_codes.hpp"

namespace CLI {

class App;

} // namespace CLI

namespace bqs::app {

/// What the chosen command does; returns the exit code of the program.
using action = std::function<int()>;

// Each of these adds a command to the program. When that one is chosen, `run`
// becomes what it does. `color` is what the global option says by then.

void add_node_command(CLI::App& program, action& run);
void add_sandbox_command(CLI::App& program, action& run);
void add_send_command(CLI::App& program, action& run);
void add_replay_command(CLI::App& program, action& run);
void add_errors_command(CLI::App& program, action& run,
                        const color_choice& color);
void add_status_command(CLI::App& program, action& run,
                        const color_choice& color);
/// Adds `flush`, `pause` and `resume`: what operators ask of a node.
void add_operate_commands(CLI::App& program, action& run);
/// Adds `make-certs`.
void add_certificate_command(CLI::App& program, action& run);
void add_demo_command(CLI::App& program, action& run);
/// Adds `manual`, `completion` and `settings`: what documents are made from.
void add_document_commands(CLI::App& program, action& run,
                           const color_choice& color);

/// Prints `bqstreamer: line` to standard error and returns `code`.
int complain(const std::string& line, int code);

} // namespace bqs::app
