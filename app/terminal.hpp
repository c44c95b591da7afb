#pragma once

#include <chrono>
#include <string>

namespace bqs::app {

/// A line on standard error that is written over again and again, if that is a
/// terminal; otherwise nothing is ever shown.
class status_line {
public:
  status_line();

  /// Clears the line.
  ~status_line();

  status_line(const status_line&) = delete;
  status_line& operator=(const status_line&) = delete;

  /// Whether `show` would do something now: it does so ten times a second.
  bool due() const;

  void show(const std::string& text);

  /// Makes room for other output to standard error.
  void clear();

private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

} // namespace bqs::app
