#include "app/checkpoint.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "http/json_text.hpp"
#include "http/small_file.hpp"
#include "http/unique_fd.hpp"

namespace bqs::app {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto format_name = "bqstreamer-checkpoint/1";
constexpr std::size_t id_length = 22;
/// A file takes some 300 bytes: room for two hundred thousand.
constexpr std::size_t largest_checkpoint = 64u << 20;

std::string system_line(const std::string& path) {
  return path + ": " + std::generic_category().message(errno);
}

/// An unsigned number; nlohmann would turn others into one.
template <class T>
T number(const json& x, const char* key) {
  auto& value = x.at(key);
  if (!value.is_number_unsigned())
    throw std::invalid_argument{std::string{key} + " is no number"};
  return value.get<T>();
}

checkpoint_entry read_entry(const json& x) {
  checkpoint_entry result;
  result.path = x.at("path").get<std::string>();
  result.identity.device = number<std::uint64_t>(x, "device");
  result.identity.inode = number<std::uint64_t>(x, "inode");
  result.identity.head_bytes = number<std::uint32_t>(x, "head_bytes");
  result.identity.head_hash = number<std::uint64_t>(x, "head_hash");
  result.id = x.at("id").get<std::string>();
  result.settled.offset = number<std::uint64_t>(x, "offset");
  result.settled.lines = number<std::uint64_t>(x, "lines");
  result.finished = x.at("finished").get<bool>();
  if (result.id.size() != id_length)
    throw std::invalid_argument{"id has not 22 characters"};
  return result;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR)
      return false;
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return true;
}

} // namespace

bool is_file_of(int fd, const checkpoint_entry& x) {
  return !(x.finished && x.identity.head_bytes == 0)
         && is_same_file(fd, x.identity);
}

bool is_same_place(const checkpoint_entry& x, const checkpoint_entry& y) {
  return x.identity.inode == y.identity.inode
         && x.identity.device == y.identity.device && x.path == y.path;
}

std::string show_checkpoint(const checkpoint& x) {
  ordered_json result;
  result["format"] = format_name;
  auto& files = result["files"] = ordered_json::array();
  for (auto& entry : x)
    files.push_back({{"path", entry.path},
                     {"device", entry.identity.device},
                     {"inode", entry.identity.inode},
                     {"head_bytes", entry.identity.head_bytes},
                     {"head_hash", entry.identity.head_hash},
                     {"id", entry.id},
                     {"offset", entry.settled.offset},
                     {"lines", entry.settled.lines},
                     {"finished", entry.finished}});
  // A name that is not UTF-8 is found again by none: its file starts over.
  return result.dump(1, ' ', false, ordered_json::error_handler_t::replace)
         + "\n";
}

std::variant<checkpoint, std::string> parse_checkpoint(std::string_view text) {
  auto x = http::parse_json(text);
  if (!x.is_object())
    return std::string{"it is "} + http::object_fault(text, x);
  try {
    if (x.at("format") != format_name)
      return std::string{"its format is not "} + format_name;
    checkpoint result;
    for (auto& entry : x.at("files"))
      result.push_back(read_entry(entry));
    return result;
  } catch (const json::exception&) {
    return "a field is missing or of another type";
  } catch (const std::invalid_argument& ex) {
    return ex.what();
  }
}

std::variant<checkpoint, std::string> load_checkpoint(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error)
    return checkpoint{};
  auto file = http::read_small_file(path, largest_checkpoint);
  if (!file.fault.empty())
    return "the checkpoint " + path + " cannot be read: " + file.fault;
  auto result = parse_checkpoint(file.text);
  if (auto why = std::get_if<std::string>(&result))
    return "the checkpoint " + path + " is not understood: " + *why;
  return result;
}

std::string save_checkpoint(const std::string& path, const checkpoint& x) {
  auto fresh = path + ".new";
  auto refuse = [&path] {
    return "the checkpoint cannot be written, " + system_line(path);
  };
  // Not waiting for whoever may read from a pipe.
  constexpr auto how = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK;
  http::unique_fd fd{open(fresh.c_str(), how, 0644)};
  if (!fd || !write_all(fd.get(), show_checkpoint(x)) || fsync(fd.get()) != 0
      || std::rename(fresh.c_str(), path.c_str()) != 0)
    return refuse();
  auto directory = std::filesystem::path{path}.parent_path();
  http::unique_fd above{open(directory.empty() ? "." : directory.c_str(),
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!above || fsync(above.get()) != 0)
    return refuse();
  return {};
}

} // namespace bqs::app
