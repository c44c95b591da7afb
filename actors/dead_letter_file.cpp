#include "actors/dead_letter_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace bqs {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "dead-letters-";
constexpr std::string_view suffix = ".ndjson";

std::string words(int error) {
  return std::generic_category().message(error);
}

/// Returns `dead-letters-20260131T120000Z-0001.ndjson`: the order of the names
/// is that of the files.
std::string name_of(http::micro_time time, unsigned number) {
  std::string stamp;
  for (auto c : http::to_rfc3339(time).substr(0, 19))
    if (c != '-' && c != ':')
      stamp += c;
  auto digits = std::to_string(10'000 + number).substr(1);
  return std::string{prefix} + stamp + "Z-" + digits + std::string{suffix};
}

struct found_file {
  std::string name;
  std::uint64_t bytes = 0;
};

/// Dead-letter files of a directory, in no order. Files that somebody moves
/// away meanwhile do not count.
std::vector<found_file> list(const std::string& directory) {
  std::vector<found_file> result;
  std::error_code error;
  for (fs::directory_iterator i{directory, error}, end; !error && i != end;
       i.increment(error)) {
    auto name = i->path().filename().string();
    std::error_code gone;
    auto bytes = i->file_size(gone);
    if (!gone && name.starts_with(prefix) && name.ends_with(suffix))
      result.push_back({std::move(name), bytes});
  }
  return result;
}

} // namespace

disk disk::real() {
  return {
    [](int fd, const char* bytes, std::size_t size) {
      return ::write(fd, bytes, size);
    },
    [](int fd) { return ::fdatasync(fd); },
    [] {
      return std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now());
    },
  };
}

dead_letter_file::dead_letter_file(dead_letter_options options, disk on)
  : options_(std::move(options)), disk_(std::move(on)) {
  auto& path = options_.directory;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
}

std::string dead_letter_file::open() {
  if (directory_)
    return {};
  auto& path = options_.directory;
  std::error_code error;
  if (auto parent = fs::path{path}.parent_path(); !parent.empty())
    fs::create_directories(parent, error); // or the next step fails, too
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return "cannot make " + path + ": " + words(errno);
  http::unique_fd opened{
    ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened)
    return "cannot open " + path + ": " + words(errno);
  if (::faccessat(opened.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    return "cannot write to " + path + ": " + words(errno);
  if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
    return path + " is in use by another node";
  directory_ = std::move(opened);
  count();
  return {};
}

std::size_t dead_letter_file::group_bytes() const noexcept {
  // Enough that a sync costs little.
  constexpr std::uint64_t most = 4u << 20;
  return std::min(most, options_.file_bytes);
}

// -- a group of lines ---------------------------------------------------------

std::string dead_letter_file::append(std::string_view lines) {
  auto why
    = written_ == synced_ ? begin_group(lines.size()) : make_room(lines.size());
  if (!why.empty()) {
    roll_back();
    return why;
  }
  while (!lines.empty()) {
    auto done = disk_.write(file_.get(), lines.data(), lines.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return fail("write to");
    lines.remove_prefix(static_cast<std::size_t>(done));
    written_ += static_cast<std::uint64_t>(done);
    total_ += static_cast<std::uint64_t>(done);
  }
  return {};
}

std::string dead_letter_file::sync() {
  if (written_ == synced_)
    return {};
  if (disk_.sync(file_.get()) != 0) {
    auto why = fail("sync");
    // What the kernel still has of it will not be written any more, though it
    // does not say so a second time.
    close_file();
    return why;
  }
  synced_ = written_;
  return {};
}

void dead_letter_file::roll_back() {
  if (written_ == synced_)
    return;
  if (::ftruncate(file_.get(), static_cast<off_t>(synced_)) == 0) {
    total_ -= written_ - synced_;
    written_ = synced_;
  } else {
    close_file(); // half a line stays the last one
  }
}

std::string dead_letter_file::fail(const std::string& what) {
  auto result = "cannot " + what + " " + path_ + ": " + words(errno);
  roll_back();
  return result;
}

std::string dead_letter_file::begin_group(std::size_t bytes) {
  if (auto why = open(); !why.empty())
    return why;
  if (file_ && is_gone())
    close_file();
  if (synced_ > 0 && synced_ + bytes > options_.file_bytes)
    close_file();
  if (auto why = make_room(bytes); !why.empty())
    return why;
  return file_ ? std::string{} : begin_file();
}

// -- files --------------------------------------------------------------------

/// Whether somebody has removed the file, so that rows in it would be lost.
bool dead_letter_file::is_gone() const {
  struct stat facts {};
  return ::fstat(file_.get(), &facts) != 0 || facts.st_nlink == 0;
}

void dead_letter_file::close_file() {
  file_ = http::unique_fd{};
  path_.clear();
  synced_ = 0;
  written_ = 0;
}

std::string dead_letter_file::begin_file() {
  constexpr unsigned most = 10'000;
  count(); // somebody may have moved files away
  auto now = disk_.now();
  for (unsigned n = 1; n < most; ++n) {
    auto name = name_of(now, n);
    http::unique_fd opened{
      ::openat(directory_.get(), name.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600)};
    if (!opened && errno == EEXIST)
      continue;
    auto path = (fs::path{options_.directory} / name).string();
    if (!opened || ::fsync(directory_.get()) != 0) {
      auto why = "cannot make " + path + ": " + words(errno);
      directory_ = http::unique_fd{}; // it may be another one by now
      return why;
    }
    file_ = std::move(opened);
    path_ = std::move(path);
    return {};
  }
  return "cannot begin a file in " + options_.directory
         + ": too many of this second";
}

void dead_letter_file::count() {
  total_ = 0;
  for (auto& x : list(options_.directory))
    total_ += x.bytes;
}

std::string dead_letter_file::make_room(std::size_t bytes) {
  auto fits = [&] { return total_ + bytes <= options_.max_bytes; };
  if (fits())
    return {};
  count(); // somebody may have moved files away
  auto may_drop = options_.when_full == when_full::drop_oldest
                  && bytes <= options_.max_bytes;
  while (!fits()) {
    if (!may_drop)
      return options_.directory + " is full: it holds " + std::to_string(total_)
             + " bytes of at most " + std::to_string(options_.max_bytes)
             + " (dead-letters.max-bytes)";
    if (auto why = drop_oldest(); !why.empty())
      return why;
  }
  return {};
}

std::string dead_letter_file::drop_oldest() {
  auto all = list(options_.directory);
  auto oldest = std::ranges::min_element(all, {}, &found_file::name);
  if (oldest == all.end())
    return options_.directory + " is full";
  auto path = (fs::path{options_.directory} / oldest->name).string();
  if (path == path_) {
    if (written_ > synced_)
      return options_.directory
             + " is full, and the file under way is the "
               "only one";
    close_file();
  }
  if (::unlinkat(directory_.get(), oldest->name.c_str(), 0) != 0
      && errno != ENOENT)
    return "cannot remove " + path + ": " + words(errno);
  spdlog::warn("{} was removed to make room for dead letters ({} bytes)", path,
               oldest->bytes);
  ++dropped_;
  count();
  return {};
}

} // namespace bqs
