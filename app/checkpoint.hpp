#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/file_identity.hpp"
#include "app/row_reader.hpp"

namespace bqs::app {

/// How far a file is done.
struct checkpoint_entry {
  /// As the command line names it, made absolute.
  std::string path;
  file_identity identity;
  /// 22 random characters, made once for each file that is read; rows without
  /// an insert id of their own get it with their offset.
  std::string id;
  /// Every row before it is settled.
  input_position settled;
  /// Rotated away and settled to its end; kept so as not to be read again.
  bool finished = false;

  friend bool operator==(const checkpoint_entry&, const checkpoint_entry&)
    = default;
};

using checkpoint = std::vector<checkpoint_entry>;

/// Whether the open file is the one that `x` tells of. A finished file that was
/// empty is none that is there now: nothing but its inode would tell it.
bool is_file_of(int fd, const checkpoint_entry& x);

/// Whether both tell of the same device and inode at the same path.
bool is_same_place(const checkpoint_entry& x, const checkpoint_entry& y);

/// Writes a checkpoint as JSON.
std::string show_checkpoint(const checkpoint& x);

/// Reads what `show_checkpoint` wrote, or returns a line that says what is not
/// understood, and quotes nothing: it may be another file, with a secret.
std::variant<checkpoint, std::string> parse_checkpoint(std::string_view text);

/// Reads a file of at most 64 MiB, and waits for no pipe; an empty checkpoint
/// if there is none. Otherwise returns a line that names the file.
std::variant<checkpoint, std::string> load_checkpoint(const std::string& path);

/// Replaces the file as a whole: whatever happens, it holds the old or the new
/// one. Needs `path` + ".new" beside it. Returns a line that names the file, or
/// an empty text.
std::string save_checkpoint(const std::string& path, const checkpoint& x);

} // namespace bqs::app
