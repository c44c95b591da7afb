#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sandbox/catalog.hpp"

namespace bqs::sandbox {

/// What happened to tables since the endpoint started, for faults that depend
/// on it. Remembers at most 100,000 names and 8 schemas of each, the latest.
/// From any thread.
class table_history {
public:
  using time_point = std::chrono::system_clock::time_point;

  /// How a table came to be.
  struct birth {
    time_point when;
    /// Whether there was a table of this name before.
    bool again = false;
  };

  void created(const std::string& dataset, const std::string& table,
               time_point now);

  /// @param before the table as it was.
  void changed(table_ptr before, time_point now);

  void deleted(const std::string& dataset, const std::string& table);

  /// None if the table was there from the start, or is not there.
  std::optional<birth> find(const std::string& name) const;

  /// Returns the table as it was at a moment, or when it was made, if that was
  /// later; none if it is as it was.
  table_ptr at(const std::string& name, time_point moment) const;

private:
  struct version {
    table_ptr what;
    time_point until;
  };

  struct entry {
    /// None: deleted, or there from the start.
    std::optional<birth> made;
    bool deleted = false;
    std::deque<version> past;
  };

  entry& entry_of(const std::string& name);

  mutable std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

} // namespace bqs::sandbox
