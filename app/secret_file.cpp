#include "app/secret_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "http/unique_fd.hpp"

namespace bqs::app {

namespace {

[[noreturn]] void fail(const std::string& what, int code) {
  throw std::runtime_error(what + ": " + std::system_category().message(code));
}

/// Returns 0, or what went wrong.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR)
      return errno;
    text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  return 0;
}

void write_file(const std::string& path, const std::string& text, mode_t mode) {
  auto what = "cannot write " + path;
  http::unique_fd fd{::open(
    path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (fd.get() < 0)
    fail(what, errno);
  if (auto code = write_all(fd.get(), text); code != 0) {
    ::unlink(path.c_str());
    fail(what, code);
  }
}

} // namespace

void write_secret_file(const std::string& path, const std::string& text) {
  write_file(path, text, 0600);
}

void write_new_file(const std::string& path, const std::string& text) {
  write_file(path, text, 0644);
}

} // namespace bqs::app
