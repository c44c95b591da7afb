#include "app/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace bqs::app {

temporary_directory::temporary_directory(const std::string& prefix)
  : path_(std::filesystem::temp_directory_path() / (prefix + "XXXXXX")) {
  if (mkdtemp(path_.data()) == nullptr)
    throw std::filesystem::filesystem_error(
      "no temporary directory can be made", path_,
      std::error_code{errno, std::generic_category()});
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  if (!kept_)
    std::filesystem::remove_all(path_, ignored);
}

} // namespace bqs::app
