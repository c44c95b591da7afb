#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "actors/pace.hpp"
#include "http/outcome.hpp"

namespace bqs {

/// The paces of all tables and of their projects. A refusal slows down what
/// its words name: the project, or else the table. No clock: time comes in
/// with the calls, and never goes back.
class paces {
public:
  /// When a request may start that only this table holds back, as far as is
  /// known.
  time_point table_free_at(const std::string& table) const;

  /// When one may that only this project holds back.
  time_point project_free_at(const std::string& project) const;

  /// Whether the table or its project has a limit just now, as far as is known.
  bool limits_table(const std::string& table, time_point now) const;
  bool limits_project(const std::string& project, time_point now) const;

  /// A request starts.
  /// @param bytes of its body.
  void start(const std::string& table, const std::string& project,
             std::size_t bytes, time_point now);

  /// What started at `since` was not sent after all.
  void give_back(const std::string& table, const std::string& project,
                 std::size_t bytes, time_point since, time_point now);

  /// A request has ended.
  /// @param since when it started.
  void note(const std::string& table, const std::string& project,
            const http::outcome& x, std::size_t bytes, time_point since,
            time_point now);

  /// Number of tables and projects that are remembered.
  std::size_t size() const noexcept {
    return tables_.size() + projects_.size();
  }

private:
  using map = std::unordered_map<std::string, pace>;

  void sweep(time_point now);

  map tables_;
  map projects_;
  time_point swept_{};
};

} // namespace bqs
