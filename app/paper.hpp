#pragma once

#include <cstddef>

namespace bqs::app {

/// What a page is written on. As it is: a pipe.
struct paper {
  /// Columns of a line; 0: no limit.
  std::size_t width = 0;
  /// Lines; 0: no limit.
  std::size_t height = 0;
  bool color = false;
};

} // namespace bqs::app
