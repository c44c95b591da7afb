#pragma once

#include <string>

namespace bqs::app {

/// A fresh directory that is removed at the end of its scope.
class temporary_directory {
public:
  /// @throws std::filesystem::filesystem_error if none can be made
  explicit temporary_directory(const std::string& prefix);
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const noexcept {
    return path_;
  }

  /// Leaves the directory where it is.
  void keep() noexcept {
    kept_ = true;
  }

private:
  std::string path_;
  bool kept_ = false;
};

} // namespace bqs::app
