#pragma once

#include <string>

namespace bqs {

/// A secret, or why there is none.
struct secret_line {
  std::string text;
  /// Names the file, never what is in it; empty if all is well.
  std::string error;
};

/// Reads the first line of a small file, without its end. A file that is empty
/// or larger than 4 KiB is none.
secret_line read_secret_line(const std::string& path);

} // namespace bqs
