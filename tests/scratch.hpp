#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <stdlib.h>

namespace bqs::test {

/// A directory that goes away with the test.
class scratch {
public:
  scratch() {
    auto name
      = (std::filesystem::temp_directory_path() / "bqs-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make " + name};
    path_ = name;
  }

  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  /// The directory, or the path of something in it.
  std::string path(std::string_view name = {}) const {
    return name.empty() ? path_ : path_ + "/" + std::string{name};
  }

  /// Writes a file into it; returns its path.
  std::string write(std::string_view name, std::string_view text) const {
    auto result = path(name);
    std::ofstream{result, std::ios::binary} << text;
    return result;
  }

private:
  std::string path_;
};

/// What is in a file.
inline std::string text_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace bqs::test
