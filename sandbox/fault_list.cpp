#include "sandbox/fault_list.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace bqs::sandbox {

namespace {

// Fitted to what was observed of the service, not figures of its own.
constexpr std::array<std::string_view, 3> realistic{
  "latency=110ms+lognormal:8ms:1.0,latency-per-mb=83.3ms,latency-max=2s",
  "status=503,probability=0.0005",
  "reset=after,probability=0.0001",
};

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
  std::ifstream file{path};
  file.peek(); // a directory opens, and throws when it is read
  if (!file.is_open() || file.bad())
    return "cannot read " + path + ": " + std::strerror(errno);
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  return read_lines(text, [&path](auto number, auto&) {
    return path + ":" + std::to_string(number)
           + ": this is no fault; --fault=TEXT says what is wrong with one";
  });
}

} // namespace bqs::sandbox
