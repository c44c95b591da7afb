#include "app/lock_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>

namespace bqs::app {

lock_file::lock_file(const std::string& path)
  : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (!fd_)
    throw std::runtime_error(path + ": "
                             + std::generic_category().message(errno));
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0)
    throw std::runtime_error(path + " is held by another process");
}

} // namespace bqs::app
