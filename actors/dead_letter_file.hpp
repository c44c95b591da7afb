#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bqstreamer/options.hpp"
#include "http/rfc3339.hpp"
#include "http/unique_fd.hpp"

namespace bqs {

/// What a dead-letter file asks of the system. Tests put a sick disk there.
struct disk {
  std::function<ssize_t(int, const char*, std::size_t)> write;
  std::function<int(int)> sync;
  std::function<http::micro_time()> now;

  /// The one there is.
  static disk real();
};

/// Lines in files `dead-letters-TIME-N.ndjson` of a directory, which belongs to
/// one process at a time. Only ever appended to: what is not synced is taken
/// back, so that no reader finds half a line in front of another. A run begins
/// files of its own: a line that a crash has cut stays the last of its file.
///
///     file.append(lines); // and again
///     file.sync();        // all of it, or nothing
///
/// After an error nothing since the last `sync` is in the file, and the same
/// may be tried again at any time.
class dead_letter_file {
public:
  explicit dead_letter_file(dead_letter_options options,
                            disk on = disk::real());

  /// Makes the directory if need be (0700), locks it, and counts what is in
  /// it. The others do so by themselves if it has not been done. Returns why
  /// not, with path and reason, or an empty text.
  std::string open();

  /// Writes whole lines. Returns like `open`.
  std::string append(std::string_view lines);

  /// Returns once all that was appended outlives a power cut. Returns like
  /// `open`.
  std::string sync();

  /// Takes back what was appended since the last `sync`.
  void roll_back();

  /// Most bytes between two calls of `sync`, but for one line that is longer:
  /// few enough that they fit a new file.
  std::size_t group_bytes() const noexcept;

  /// Bytes of all files in the directory.
  std::uint64_t bytes() const noexcept {
    return total_;
  }

  /// Files that were removed to make room.
  std::uint64_t dropped_files() const noexcept {
    return dropped_;
  }

  /// The file that is appended to; empty if there is none yet.
  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string begin_group(std::size_t bytes);
  std::string make_room(std::size_t bytes);
  std::string begin_file();
  std::string drop_oldest();
  bool is_gone() const;
  void close_file();
  void count();
  std::string fail(const std::string& what);

  dead_letter_options options_;
  disk disk_;
  http::unique_fd directory_;
  http::unique_fd file_;
  std::string path_;
  /// Of the file: bytes that are safe, and those that are written.
  std::uint64_t synced_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t dropped_ = 0;
};

} // namespace bqs
