#pragma once

#include <cstddef>
#include <string>

namespace bqs::http {

/// What a file held, or why it cannot be read.
struct small_file {
  std::string text;
  /// Empty if all is well.
  std::string fault;
};

/// Reads a whole file that is small by nature.
small_file read_small_file(const std::string& path,
                           std::size_t most = 64u << 10);

} // namespace bqs::http
