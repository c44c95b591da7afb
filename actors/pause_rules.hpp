#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <caf/optional.hpp>

#include "bqstreamer/table_ref.hpp"

namespace bqs {

/// What operators have paused: all tables, or some, or all but some.
class pause_rules {
public:
  /// Most tables that can be named at a time.
  static constexpr std::size_t most = 1000;

  /// @param project of tables that name none.
  explicit pause_rules(std::string project = {});

  /// Pauses a table, or all if absent. False if there are too many rules.
  bool pause(const caf::optional<table_ref>& table);

  /// Ends that. False if there are too many rules.
  bool resume(const caf::optional<table_ref>& table);

  bool covers(const table_ref& table) const;

  /// Whether tables are paused unless they are among the exceptions.
  bool all() const noexcept {
    return all_;
  }

  /// The tables for which the opposite of `all` holds.
  std::vector<table_ref> exceptions() const;

private:
  bool set(const caf::optional<table_ref>& table, bool paused);

  std::string project_;
  bool all_ = false;
  /// Later ones are right.
  std::vector<std::pair<table_ref, bool>> rules_;
};

} // namespace bqs
