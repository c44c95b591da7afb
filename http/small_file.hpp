#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>

#include "http/unique_fd.hpp"

namespace bqs::http {

/// What a file held, or why it cannot be read.
struct small_file {
  std::string text;
  /// Empty if all is well.
  std::string fault;
};

/// Files with certificates have room for all authorities of the world.
inline constexpr std::size_t largest_pem = 4u << 20;

/// Reads a whole file that is small by nature; waits for nobody, as a pipe
/// would have it.
inline small_file read_small_file(const std::string& path,
                                  std::size_t most = 64u << 10) {
  auto failure = [](int code) {
    return small_file{{}, std::system_category().message(code)};
  };
  // Not waiting for whoever may write into a pipe.
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd)
    return failure(errno);
  struct ::stat found {};
  if (::fstat(fd.get(), &found) != 0)
    return failure(errno);
  if (S_ISDIR(found.st_mode))
    return failure(EISDIR);
  if (!S_ISREG(found.st_mode))
    return {{}, "not a file"};
  small_file result;
  char buffer[4096];
  while (result.text.size() <= most) {
    auto n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0)
      return failure(errno);
    if (n == 0)
      return result;
    result.text.append(buffer, static_cast<std::size_t>(n));
  }
  return {{}, "it is larger than " + std::to_string(most) + " bytes"};
}

} // namespace bqs::http
