#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace bqs::bench {

/// What a process has taken so far.
struct usage {
  /// Processor time of all its threads.
  double cpu_seconds = 0;
  /// Most memory that it ever had resident, and what it has now, in MiB.
  double peak_mib = 0;
  double resident_mib = 0;
  /// How often its threads went to sleep by themselves.
  std::uint64_t sleeps = 0;
};

/// A process that a bench measures, with pipes to its input and output. Its
/// errors go where the bench's own go.
class process {
public:
  /// @throws std::runtime_error that names the program.
  process(const std::string& program, std::vector<std::string> arguments);
  process(process&& x) noexcept;
  process& operator=(process&&) = delete;

  /// Kills it if it runs.
  ~process();

  /// Returns the next line of its output; nothing at its end.
  std::optional<std::string> next_line();

  /// The same.
  /// @throws std::runtime_error if there is none any more.
  std::string line();

  /// Returns the next line that holds `text`, and drops those before it.
  /// @throws std::runtime_error if none comes.
  std::string line_with(std::string_view text);

  /// Writes a line to its input.
  void tell(std::string_view text);

  /// Only while it runs.
  usage used() const;

  /// Sends SIGTERM, unless it has been ended, and waits. Returns the exit code,
  /// or 128 + the signal.
  int end();

private:
  std::string name_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string text_;
};

/// Returns the port in a ready line: `... 127.0.0.1:4747, ...`.
std::uint16_t port_in(const std::string& line);

} // namespace bqs::bench
