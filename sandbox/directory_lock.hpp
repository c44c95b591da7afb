#pragma once

#include <string>

namespace bqs::sandbox {

/// Keeps a data directory to one server at a time. The kernel gives it up with
/// the process, however that ends.
class directory_lock {
public:
  /// Makes the directory if need be; an empty name locks nothing.
  /// @throws std::runtime_error with one line.
  explicit directory_lock(const std::string& directory);
  ~directory_lock();
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

private:
  int fd_ = -1;
};

} // namespace bqs::sandbox
