#pragma once

#include <string>

#include "http/unique_fd.hpp"

namespace bqs::app {

/// Keeps something to one process at a time. The kernel gives it up with the
/// process, however that ends; the file stays, empty.
class lock_file {
public:
  /// Makes the file if need be.
  /// @throws std::runtime_error with one line that names it.
  explicit lock_file(const std::string& path);

private:
  http::unique_fd fd_;
};

} // namespace bqs::app
