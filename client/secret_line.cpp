#include "client/secret_line.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace bqs {

namespace {

constexpr std::size_t most = 4096;

} // namespace

secret_line read_secret_line(const std::string& path) {
  secret_line result;
  // A pipe without a writer must not hold us up.
  auto fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  ssize_t n = fd < 0 ? -1 : 1;
  while (n > 0 && size < text.size()) {
    n = ::read(fd, text.data() + size, text.size() - size);
    if (n > 0)
      size += static_cast<std::size_t>(n);
  }
  auto code = errno;
  if (fd >= 0)
    ::close(fd);
  if (n < 0) {
    result.error = path + ": cannot be read ("
                   + std::generic_category().message(code) + ")";
    return result;
  }
  text.resize(size);
  if (size > most) {
    result.error = path + ": is larger than 4 KiB";
    return result;
  }
  text.resize(text.find_first_of("\r\n") == std::string::npos
                ? text.size()
                : text.find_first_of("\r\n"));
  if (text.empty())
    result.error = path + ": its first line is empty";
  result.text = std::move(text);
  return result;
}

} // namespace bqs
