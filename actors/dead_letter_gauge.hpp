#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace bqs {

/// How the DEAD LETTER WRITER does, for whoever asks. Outlives it.
struct dead_letter_gauge {
  /// Rows that are safe; those that a crash has made it write twice count
  /// twice.
  std::atomic<std::uint64_t> written{0};
  /// Bytes of all files.
  std::atomic<std::uint64_t> bytes{0};
  /// Files that were removed to make room.
  std::atomic<std::uint64_t> dropped_files{0};

  /// Why nothing can be written just now; empty if it can.
  std::string error() const {
    std::lock_guard lock{guard_};
    return error_;
  }

  /// Returns whether that is news.
  bool set_error(const std::string& x) {
    std::lock_guard lock{guard_};
    auto changed = error_ != x;
    error_ = x;
    return changed;
  }

private:
  mutable std::mutex guard_;
  std::string error_;
};

} // namespace bqs
