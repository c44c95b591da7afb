#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scratch.hpp"

namespace bqs::test {

/// A program under test: a process of its own, with pipes to its output.
///
///     process node{{"node", "--node.port=0"}};
///     auto line = node.wait_for_line("listens");
///     node.signal(SIGTERM);
///     EXPECT_EQ(node.wait(), 0);
class process {
public:
  /// Starts the `bqstreamer` that was built beside the tests.
  /// @param input what the process reads from its standard input.
  explicit process(std::vector<std::string> arguments,
                   std::string_view input = {});

  /// Starts any program.
  static process run(const std::string& program,
                     std::vector<std::string> arguments);

  process(process&& x) noexcept;
  process& operator=(process&&) = delete;

  /// Kills the process if it runs.
  ~process();

  /// Returns the first line of standard output from here on that holds `text`;
  /// nothing if the process closes its output before. Fails the test after a
  /// minute.
  std::optional<std::string> wait_for_line(std::string_view text);

  /// The same for standard error.
  std::optional<std::string> wait_for_error(std::string_view text);

  void signal(int number);

  /// Whether it has not ended by itself.
  bool runs();

  /// Waits for the end. Returns the exit code, or 128 + the signal. Kills the
  /// process and fails the test if it does not end in time.
  int wait(std::chrono::seconds most = std::chrono::seconds{120});

  /// Everything that came out so far; all of it after `wait`.
  const std::string& output();
  const std::string& errors();

  /// Most memory that the process ever had resident, in bytes. While it runs.
  std::size_t peak_memory() const;

  /// Processor time that it has used so far. While it runs.
  std::chrono::milliseconds used_time() const;

  pid_t pid() const noexcept {
    return pid_;
  }

private:
  struct stream {
    int fd = -1;
    std::string text;
    std::size_t seen = 0;
    bool open = true;
  };

  process() = default;
  void start(const std::string& program, std::vector<std::string> arguments,
             std::string_view input);
  bool pump(int timeout_ms);
  std::optional<std::string> wait_for(stream& from, std::string_view text);

  pid_t pid_ = -1;
  std::optional<int> ended_;
  stream out_;
  stream err_;
};

/// Returns the number behind the last `:` of a ready line.
std::uint16_t port_in(const std::string& line);

} // namespace bqs::test
