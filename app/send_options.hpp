#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/row_format.hpp"
#include "bqstreamer/access.hpp"

namespace bqs::app {

/// What the command line of `send` says.
struct send_options {
  std::string node;
  access_files access;
  /// Whether that makes for TLS.
  bool tls = false;
  std::string table;
  std::string table_field;
  std::string insert_id_field;
  std::string format;
  std::string delimiter = ",";
  bool infer = false;
  bool strict = false;
  bool follow = false;
  std::string checkpoint;
  /// How long to wait for a node that was lost; empty: 30s, and with `follow`
  /// for ever.
  std::string give_up;
  bool json = false;
  /// `-` is standard input.
  std::vector<std::string> files;
};

/// Returns how rows are written, or a line that names the option that is
/// wrong or does not go with the others. Looks at no file.
std::variant<format_options, std::string> check(const send_options& x);

/// Returns how long a run waits for a node that was lost.
std::optional<std::chrono::milliseconds> patience_of(const send_options& x);

/// Returns what a checkpoint calls the file.
std::string absolute_path(const std::string& file);

} // namespace bqs::app
