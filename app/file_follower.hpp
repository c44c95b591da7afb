#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/checkpoint.hpp"
#include "app/file_identity.hpp"
#include "app/input_file.hpp"
#include "app/input_marks.hpp"
#include "app/row_format.hpp"

namespace bqs::app {

/// Follows the file at a path while it grows, is rotated away, or is cut. Each
/// file that is or was at the path is an input of its own: it is read to its
/// end, whatever its name is by then. A last line without an end is no row
/// until the file was rotated away and has not grown for a while.
///
/// Time comes from outside: the caller looks and reads, many times a second.
class file_follower {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using consumer = std::function<bool(std::uint32_t, const input_row&)>;

  enum class result {
    /// There may be more at once.
    data,
    /// All that is there was read.
    idle,
    /// `error` says what is wrong.
    error,
  };

  /// What a writer may take to leave a file that was renamed under it.
  static constexpr std::chrono::seconds grace{5};

  /// @param known what an earlier run has left for this path, oldest first
  /// @param marks hears of each file that is read, and how far
  /// @param saved when `known` was written, in nanoseconds since 1970
  file_follower(std::string path, const format_options& format,
                checkpoint known, input_marks& marks,
                std::int64_t saved = std::numeric_limits<std::int64_t>::max());

  /// Finds out whether the path has another file now, or a shorter one. Reads
  /// nothing: may be called at any time, also by the consumer of `read`.
  void look();

  /// Reads a piece, older files first, and passes on its rows. Files that were
  /// found since `input_marks::unsaved` was looked at are not read before the
  /// next call.
  result read(time_point now, const consumer& consume);

  /// Returns lines for people that have come up since the last call.
  std::vector<std::string> take_notes();

  const std::string& error() const noexcept {
    return error_;
  }

private:
  /// A file that is read.
  struct source {
    std::uint32_t number = 0;
    std::string name;
    std::unique_ptr<input_file> file;
    file_identity identity;
    std::unique_ptr<row_reader> rows;
    /// Bytes that were read or skipped.
    std::uint64_t seen = 0;
    /// Another file has its path.
    bool rotated = false;
    /// When its end was reached last, if it has not grown since.
    std::optional<time_point> idle_since;
  };

  void start();
  checkpoint add_gone_files(const input_file* here);
  void see(std::unique_ptr<input_file> file);
  void add_source(const std::string& name, std::unique_ptr<input_file> file);
  checkpoint_entry entry_for(const std::string& name, const input_file& file);
  void rotate(std::unique_ptr<input_file> file);
  bool take_back(const input_file& file);
  void add_files_between(std::int64_t since);
  bool is_known(const neighbour& x) const;
  bool was_cut(const source& x) const;
  result read(source& x, time_point now, const consumer& consume);
  result take(source& x, const std::string& piece, const consumer& consume);
  bool finish(source& x, const consumer& consume);
  result refuse(const source& x, const std::string& why);

  std::string path_;
  format_options format_;
  checkpoint known_;
  input_marks& marks_;
  std::int64_t saved_;
  /// From the oldest to that which was at the path last.
  std::list<source> sources_;
  /// Files beside it when it was rotated last, or at the start.
  std::vector<neighbour> seen_;
  std::string piece_;
  bool reading_ = false;
  std::vector<std::string> notes_;
  std::string error_;
};

/// Makes an entry for a file that is read from its beginning.
checkpoint_entry fresh_entry(const std::string& path,
                             const file_identity& identity);

} // namespace bqs::app
