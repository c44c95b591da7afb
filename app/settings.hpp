#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/ini.hpp"
#include "bqstreamer/access.hpp"
#include "bqstreamer/options.hpp"

namespace bqs::app {

/// Everything that `bqstreamer node` can be told.
struct settings {
  std::string node_address = "127.0.0.1";
  std::uint16_t node_port = 4747;
  access_files node_access;
  /// 0: `default_workers`.
  std::uint32_t node_workers = 0;
  node_options node;
  std::string log_level = "warning";
  std::string log_format = "text";
};

/// One setting, as all that reads, shows or explains it sees it. The parser of
/// the file, the options of the command and their help come from the list of
/// these; nothing else knows a key's name.
struct setting {
  /// `rows` in `batch.rows`; part of every interface, kept from now on.
  std::string group;
  std::string name;
  /// What may be written, to follow "must be": `a size from 1KiB to 9MiB`.
  std::string allowed;
  /// How that is written, to follow "such as"; may be empty.
  std::string examples;
  /// What stands for a value in the help: `SIZE`, or the words that are
  /// allowed, `true|false`.
  std::string placeholder;
  /// What it does, in one line without a full stop.
  std::string meaning;
  /// Whether a message may show what was written.
  bool shown = true;
  /// Stores a value and returns true, or changes nothing. Settings that tables
  /// may override go to the second argument, the others to the first.
  std::function<bool(settings&, table_options&, const ini_value&)> write;
  /// Returns the value as `write` reads it back, without any password.
  std::function<std::string(const settings&, const table_options&)> show;

  std::string key() const {
    return group + "." + name;
  }

  /// Whether a `[table.DATASET.TABLE]` section may set it.
  bool per_table() const {
    return group == "batch" || group == "retry" || group == "insert";
  }
};

/// All settings, by group, in the order in which people read them.
const std::vector<setting>& all_settings();

/// Returns the default as it is written in a file.
std::string default_of(const setting& x);

} // namespace bqs::app
