#pragma once

#include <chrono>
#include <string>

#include "app/color.hpp"
#include "app/paper.hpp"

namespace bqs::app {

/// Whether standard output is a terminal that can do more than a typewriter.
bool output_is_terminal();

/// What standard output is now: a terminal has the size that its window has.
paper output_paper(color_choice wanted);

/// Whether nobody reads standard output any more, as behind `| head`.
bool reader_gone();

/// A page on the terminal that is written over again and again. The cursor
/// rests below it and is never hidden, so that nothing has to be restored
/// however the program ends.
class redrawn_page {
public:
  /// Replaces the page by another one, of fewer lines than the terminal has.
  void show(const std::string& text);

private:
  bool shown_ = false;
};

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

  /// Shows as much of a printable text as there is room for.
  void show(const std::string& text);

  /// Makes room for other output to standard error.
  void clear();

private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

} // namespace bqs::app
