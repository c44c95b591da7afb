#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bqs::http {

/// A program to run for what it prints.
struct child_process {
  /// An absolute path and arguments, given to the program as they are.
  std::vector<std::string> command;
  /// On top of this process's environment, or instead of it.
  std::vector<std::pair<std::string, std::string>> variables;
  std::chrono::milliseconds timeout{30'000};
  /// How long one that was killed is waited for.
  std::chrono::milliseconds grace{5'000};
  std::size_t max_output = 256u << 10;
};

/// What came of it.
struct child_result {
  /// Why there is no output; empty if the program ran to its end.
  std::string fault;
  std::string output;
  /// Or 128 + the signal that ended it.
  int exit_code = 0;
};

/// Runs a program without a shell, without input, and without any descriptor of
/// this process; what it says on standard error is dropped. It is killed, with
/// all that it started in its group, at the timeout and when `cancel_fd`
/// becomes readable, also while it is not even there: its file may be on a
/// mount that hangs. One that does not end even then is left to itself, and not
/// run again before it has ended. If this process is killed, it is, too, but
/// not what it started.
child_result run_child(const child_process& x, int cancel_fd);

} // namespace bqs::http
