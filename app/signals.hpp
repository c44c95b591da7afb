#pragma once

#include <chrono>
#include <optional>

namespace bqs::app {

/// Blocks SIGINT and SIGTERM, so that they come out of `next_signal` and
/// nowhere else, and ignores SIGPIPE. Before any thread exists: all inherit it.
void take_signals();

/// Returns the next SIGINT or SIGTERM; waits for it up to `most`.
std::optional<int> next_signal(std::chrono::milliseconds most);

} // namespace bqs::app
