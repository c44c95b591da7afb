#include "app/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bqs::app {

namespace {

constexpr std::size_t piece_bytes = 256u << 10;

std::string reason(int code) {
  return std::generic_category().message(code);
}

} // namespace

input_facts look_at_input(const std::string& path) {
  struct stat facts {};
  auto code
    = path == "-" ? fstat(STDIN_FILENO, &facts) : stat(path.c_str(), &facts);
  if (code != 0)
    return {reason(errno), 0};
  if (S_ISDIR(facts.st_mode))
    return {reason(EISDIR), 0};
  if (path != "-" && access(path.c_str(), R_OK) != 0)
    return {reason(errno), 0};
  auto size = S_ISREG(facts.st_mode) ? facts.st_size : 0;
  return {{}, static_cast<std::uint64_t>(size)};
}

input_file::input_file(const std::string& path)
  : fd_(path == "-" ? dup(STDIN_FILENO)
                    : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0)
    error_ = reason(errno);
}

input_file::~input_file() {
  if (fd_ >= 0)
    close(fd_);
}

input_file::result input_file::read(std::string& piece,
                                    std::chrono::milliseconds most) {
  if (fd_ < 0)
    return result::error;
  pollfd wanted{fd_, POLLIN, 0};
  if (poll(&wanted, 1, static_cast<int>(most.count())) == 0)
    return result::nothing_yet;
  piece.resize(piece_bytes);
  auto got = ::read(fd_, piece.data(), piece.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return result::nothing_yet;
  if (got < 0)
    error_ = reason(errno);
  piece.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return got < 0 ? result::error : got == 0 ? result::end : result::data;
}

std::uint64_t input_file::skip(std::uint64_t bytes) {
  auto here = lseek(fd_, 0, SEEK_CUR);
  struct stat facts {};
  if (here < 0 || fstat(fd_, &facts) != 0 || facts.st_size <= here)
    return 0;
  auto ahead
    = std::min(bytes, static_cast<std::uint64_t>(facts.st_size - here));
  return lseek(fd_, static_cast<off_t>(ahead), SEEK_CUR) < 0 ? 0 : ahead;
}

} // namespace bqs::app
