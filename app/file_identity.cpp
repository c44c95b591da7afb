#include "app/file_identity.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/unique_fd.hpp"

namespace bqs::app {

namespace {

/// FNV-1a: nobody has a reason to forge the head of a file.
std::uint64_t hash(std::string_view text) {
  std::uint64_t result = 14695981039346656037u;
  for (auto c : text)
    result = (result ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return result;
}

/// Reads the first bytes, at most `wanted`.
std::string_view read_head(int fd, std::array<char, longest_head>& buffer,
                           std::size_t wanted) {
  std::size_t got = 0;
  while (got < wanted) {
    auto n
      = pread(fd, buffer.data() + got, wanted - got, static_cast<off_t>(got));
    if (n <= 0)
      break;
    got += static_cast<std::size_t>(n);
  }
  return {buffer.data(), got};
}

bool is_rotation_mark(char c) {
  return (c >= '0' && c <= '9')
         || std::string_view{"-_.:TZ"}.find(c) != std::string_view::npos;
}

bool is_rotation(std::string_view x) {
  return std::all_of(x.begin(), x.end(), is_rotation_mark)
         && x.find_first_of("0123456789") != std::string_view::npos;
}

} // namespace

std::optional<file_identity> identify(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0)
    return std::nullopt;
  std::array<char, longest_head> buffer;
  auto head = read_head(fd, buffer, buffer.size());
  return file_identity{facts.st_dev, facts.st_ino,
                       static_cast<std::uint32_t>(head.size()), hash(head)};
}

std::optional<file_identity> identify(const std::string& path) {
  http::unique_fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd)
    return std::nullopt;
  return identify(fd.get());
}

bool is_same_file(int fd, const file_identity& x) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0 || facts.st_dev != x.device
      || facts.st_ino != x.inode || x.head_bytes > longest_head)
    return false;
  std::array<char, longest_head> buffer;
  auto head = read_head(fd, buffer, x.head_bytes);
  return head.size() == x.head_bytes && hash(head) == x.head_hash;
}

bool is_rotated_name(std::string_view name, std::string_view current) {
  if (name.starts_with(current))
    return is_rotation(name.substr(current.size()));
  auto dot = current.rfind('.');
  if (dot == std::string_view::npos || dot == 0)
    return false;
  auto stem = current.substr(0, dot);
  auto extension = current.substr(dot);
  if (name.size() <= current.size() || !name.starts_with(stem)
      || !name.ends_with(extension))
    return false;
  return is_rotation(name.substr(stem.size(), name.size() - current.size()));
}

std::vector<neighbour> neighbours_of(const std::string& path) {
  std::filesystem::path whole{path};
  auto directory = whole.has_parent_path() ? whole.parent_path() : ".";
  std::vector<neighbour> result;
  std::error_code error;
  for (std::filesystem::directory_iterator i{directory, error}, end;
       !error && i != end; i.increment(error)) {
    struct stat facts {};
    if (i->path().filename() == whole.filename()
        || stat(i->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
      continue;
    auto modified
      = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
    result.push_back(
      {i->path().string(), facts.st_dev, facts.st_ino, modified});
  }
  std::sort(result.begin(), result.end(),
            [](const neighbour& x, const neighbour& y) {
              return x.modified < y.modified;
            });
  return result;
}

} // namespace bqs::app
