#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/dead_letter.hpp"
#include "bqstreamer/access.hpp"

namespace bqs::app {

/// What the command line of `replay` says.
struct replay_options {
  std::string node;
  access_files access;
  /// Whether that makes for TLS.
  bool tls = false;
  std::vector<std::string> reasons;
  std::string table;
  std::string since;
  /// How long to wait for a node that was lost; empty: 30s.
  std::string give_up;
  bool strict = false;
  bool dry_run = false;
  bool json = false;
  std::vector<std::string> files;
};

/// Which dead letters are sent again.
struct replay_filter {
  /// Empty: whatever the reason.
  std::vector<std::string> reasons;
  /// With its partitions and template tables; without a project in all of
  /// them.
  std::optional<table_ref> table;
  std::optional<http::micro_time> since;

  bool passes(const dead_letter& x) const;
};

/// Returns what is wanted, or a line that names the option that is wrong. Looks
/// at no file.
std::variant<replay_filter, std::string> check(const replay_options& x);

/// Returns how long a run waits for a node that was lost; nothing if that is
/// no time.
std::optional<std::chrono::milliseconds> patience_of(const replay_options& x);

} // namespace bqs::app
