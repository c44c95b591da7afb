#pragma once

#include <optional>
#include <string>

#include "app/node_status.hpp"
#include "app/paper.hpp"

namespace bqs::app {

/// What a page shows.
struct status_view {
  node_status now;
  /// Whether there are columns for rates; they stay empty without rates.
  bool with_rates = false;
  std::optional<status_rates> rates;
  /// Why the node does not answer, in one line; empty if it does.
  std::string lost;
};

/// The books table by table; on paper of limited height as many of the tables
/// as fit, those in trouble first.
std::string books_text(const status_view& x, const paper& on);

/// Everything, the books included.
std::string status_text(const status_view& x, const paper& on);

/// Returns `45 s`, `2 min 5 s`, `3 h 20 min` or `2 d 4 h`.
std::string show_uptime(std::uint64_t seconds);

} // namespace bqs::app
