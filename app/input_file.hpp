#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bqs::app {

/// What can be told of an input without reading it.
struct input_facts {
  /// Why it cannot be read; empty if it can.
  std::string error;
  /// Bytes of a regular file; 0 if that is not known.
  std::uint64_t size = 0;
};

/// Looks at an input; `-` is standard input. Does not open pipes: whoever
/// writes there would notice.
input_facts look_at_input(const std::string& path);

/// A file or standard input, read in pieces and never waited for too long.
class input_file {
public:
  enum class result { data, nothing_yet, end, error };

  /// Opens a file; `-` is standard input. If that fails, `read` does, too.
  explicit input_file(const std::string& path);
  ~input_file();
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  /// Puts the next piece into `piece`; waits for it up to `most`.
  result read(std::string& piece, std::chrono::milliseconds most);

  /// Goes up to `bytes` ahead without reading, but not beyond the end. Returns
  /// how many; 0 where that cannot be done.
  std::uint64_t skip(std::uint64_t bytes);

  /// The open file, still owned; below 0 if there is none.
  int descriptor() const noexcept {
    return fd_;
  }

  /// Why `read` ended with an error.
  const std::string& error() const noexcept {
    return error_;
  }

private:
  int fd_;
  std::string error_;
};

} // namespace bqs::app
