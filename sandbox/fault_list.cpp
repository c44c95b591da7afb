#include "sandbox/fault_list.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bqs::sandbox {

namespace {

// Fitted to what was observed of the service, not figures of its own.
constexpr std::array<std::string_view, 3> realistic{
  "latency=110ms+lognormal:8ms:1.0,latency-per-mb=83.3ms,latency-max=2s",
  "status=503,probability=0.0005",
  "reset=after,probability=0.0001",
};

constexpr std::size_t largest_file = 1u << 20;

constexpr std::string_view blanks = " \t\r";

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#'
        && (i == 0 || blanks.find(line[i - 1]) != std::string_view::npos))
      return line.substr(0, i);
  return line;
}

std::string_view trim(std::string_view x) {
  x.remove_prefix(std::min(x.find_first_not_of(blanks), x.size()));
  return x.substr(0, x.find_last_not_of(blanks) + 1);
}

/// @param complain makes a message of the number of a line and of what is wrong
/// with it.
template <class F>
fault_list read_lines(std::string_view text, F complain) {
  std::vector<fault> result;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = trim(without_comment(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty())
      continue;
    auto parsed = parse_faults(line);
    if (auto why = std::get_if<std::string>(&parsed))
      return complain(number, *why);
    auto& some = std::get<std::vector<fault>>(parsed);
    std::move(some.begin(), some.end(), std::back_inserter(result));
  }
  return result;
}

/// Appends what the file holds. Returns why not.
std::string read_all(int fd, std::string& to) {
  struct ::stat found {};
  if (::fstat(fd, &found) != 0)
    return std::strerror(errno);
  if (S_ISDIR(found.st_mode))
    return std::strerror(EISDIR);
  if (!S_ISREG(found.st_mode))
    return "not a file";
  char buffer[4096];
  while (to.size() <= largest_file) {
    auto n = ::read(fd, buffer, sizeof buffer);
    if (n < 0)
      return std::strerror(errno);
    if (n == 0)
      return {};
    to.append(buffer, static_cast<std::size_t>(n));
  }
  return "it is larger than 1 MiB";
}

} // namespace

fault_list parse_faults(std::string_view spec) {
  std::vector<fault> result;
  if (spec == "realistic") {
    for (auto& x : realistic)
      result.push_back(std::get<fault>(parse_fault(x)));
    return result;
  }
  auto parsed = parse_fault(spec);
  if (auto why = std::get_if<std::string>(&parsed))
    return std::move(*why);
  result.push_back(std::get<fault>(std::move(parsed)));
  return result;
}

fault_list parse_fault_lines(std::string_view text, const std::string& name) {
  return read_lines(text, [&name](auto number, auto& why) {
    return name + ":" + std::to_string(number) + ": " + why;
  });
}

fault_list read_fault_file(const std::string& path) {
  // Not waiting for whoever may write into a pipe.
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  std::string text;
  auto why = fd < 0 ? std::strerror(errno) : read_all(fd, text);
  if (fd >= 0)
    ::close(fd);
  if (!why.empty())
    return "cannot read " + path + ": " + why;
  return read_lines(text, [&path](auto number, auto&) {
    return path + ":" + std::to_string(number)
           + ": this is no fault; --fault=TEXT says what is wrong with one";
  });
}

} // namespace bqs::sandbox
