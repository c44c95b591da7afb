#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::app {

/// Which file it is, whatever it is called. A device and inode come again when
/// a file is gone: the first bytes tell the new one.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  /// How many of the first bytes the hash is of: all of a small file.
  std::uint32_t head_bytes = 0;
  std::uint64_t head_hash = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// The head is at most this long.
inline constexpr std::uint32_t longest_head = 1024;

/// Looks at an open file; nothing if it cannot be read.
std::optional<file_identity> identify(int fd);

/// Looks at the file that is at `path` now.
std::optional<file_identity> identify(const std::string& path);

/// Whether the open file is the one that `x` was taken of. It may have grown.
bool is_same_file(int fd, const file_identity& x);

/// Whether a rotation may have given the file `current` this name: with
/// digits (a number, a date) behind it, or before its extension.
bool is_rotated_name(std::string_view name, std::string_view current);

/// A file beside another one.
struct neighbour {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  /// When it was last written, in nanoseconds since 1970.
  std::int64_t modified = 0;
};

/// Lists the regular files in the directory of `path`, except that one, from
/// the one first to the one last written.
std::vector<neighbour> neighbours_of(const std::string& path);

} // namespace bqs::app
