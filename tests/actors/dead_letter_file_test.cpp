#include "actors/dead_letter_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/scratch.hpp"

namespace bqs::test {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A line of so many bytes, its end included.
std::string line(std::size_t bytes, char fill = 'x') {
  return std::string(bytes - 1, fill) + "\n";
}

struct dead_letter_files : ::testing::Test {
  dead_letter_files() {
    options.directory = directory;
    on.now = [this] { return now; };
    on.write = [this](int fd, const char* bytes, std::size_t size) {
      if (size > room) {
        errno = ENOSPC;
        auto fits = std::exchange(room, 0);
        return fits == 0 ? ssize_t{-1} : ::write(fd, bytes, fits);
      }
      room -= size;
      return ::write(fd, bytes, size);
    };
    on.sync = [this](int fd) {
      ++syncs;
      if (sync_error == 0)
        return ::fdatasync(fd);
      errno = sync_error;
      return -1;
    };
  }

  dead_letter_file make() {
    return dead_letter_file{options, on};
  }

  /// Appends and syncs; returns what went wrong.
  static std::string put(dead_letter_file& to, std::string_view lines) {
    auto why = to.append(lines);
    return why.empty() ? to.sync() : why;
  }

  /// Contents by name.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> result;
    for (auto& x : fs::directory_iterator{directory}) {
      std::ostringstream text;
      std::ifstream in{x.path(), std::ios::binary};
      if (x.file_size() > 0)
        text << in.rdbuf();
      result[x.path().filename().string()] = text.str();
    }
    return result;
  }

  /// All that is there, oldest first.
  std::string text() const {
    std::string result;
    for (auto& [name, x] : files())
      result += x;
    return result;
  }

  scratch place;
  std::string directory = place.path("letters");
  dead_letter_options options;
  disk on = disk::real();
  http::micro_time now{1'769'860'800'123'456us};
  std::size_t room = std::string::npos;
  int sync_error = 0;
  int syncs = 0;
};

} // namespace

TEST_F(dead_letter_files, nothing_is_made_before_the_first_line) {
  auto uut = make();
  EXPECT_EQ(uut.open(), "");
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(uut.path(), "");
  EXPECT_EQ(put(uut, "a\n"), "");
  EXPECT_EQ(uut.path(),
            directory + "/dead-letters-20260131T120000Z-0001.ndjson");
  EXPECT_EQ(text(), "a\n");
  EXPECT_EQ(uut.bytes(), 2u);
}

TEST_F(dead_letter_files, belong_to_their_owner_alone) {
  directory = place.path("a/b/letters");
  options.directory = directory + "/";
  auto uut = make();
  EXPECT_EQ(put(uut, "a\n"), "");
  auto mode = [](const std::string& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0);
    return facts.st_mode & 07777u;
  };
  EXPECT_EQ(mode(directory), 0700u);
  EXPECT_EQ(mode(uut.path()), 0600u);
}

TEST_F(dead_letter_files, a_group_is_synced_once) {
  auto uut = make();
  EXPECT_EQ(uut.append("a\n"), "");
  EXPECT_EQ(uut.append("b\n"), "");
  EXPECT_EQ(syncs, 0);
  EXPECT_EQ(uut.sync(), "");
  EXPECT_EQ(uut.sync(), ""); // there is nothing to sync
  EXPECT_EQ(syncs, 1);
  EXPECT_EQ(text(), "a\nb\n");
}

TEST_F(dead_letter_files, a_large_file_is_followed_by_another) {
  options.file_bytes = 100;
  auto uut = make();
  for (auto c : {'a', 'b', 'c', 'd', 'e'})
    EXPECT_EQ(put(uut, line(40, c)), "");
  EXPECT_EQ(put(uut, line(300, 'f')), ""); // alone
  now += 1s;
  EXPECT_EQ(put(uut, line(1, 'g')), "");
  auto all = files();
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all["dead-letters-20260131T120000Z-0001.ndjson"].size(), 80u);
  EXPECT_EQ(all["dead-letters-20260131T120000Z-0002.ndjson"].size(), 80u);
  EXPECT_EQ(all["dead-letters-20260131T120000Z-0003.ndjson"].size(), 40u);
  EXPECT_EQ(all["dead-letters-20260131T120000Z-0004.ndjson"].size(), 300u);
  EXPECT_EQ(all["dead-letters-20260131T120001Z-0001.ndjson"].size(), 1u);
  EXPECT_EQ(uut.bytes(), text().size());
}

TEST_F(dead_letter_files, a_run_never_appends_to_what_another_has_left) {
  {
    auto crashed = make();
    EXPECT_EQ(put(crashed, "whole\n"), "");
    EXPECT_EQ(crashed.append("ha"), ""); // and there it ends
  }
  auto uut = make();
  EXPECT_EQ(put(uut, "new\n"), "");
  auto all = files();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.begin()->second, "whole\nha");
  EXPECT_EQ(all.rbegin()->second, "new\n");
  EXPECT_EQ(uut.bytes(), 12u);
}

TEST_F(dead_letter_files, a_directory_is_of_one_node) {
  auto uut = make();
  EXPECT_EQ(uut.open(), "");
  auto other = make();
  EXPECT_EQ(other.open(), directory + " is in use by another node");
  EXPECT_EQ(other.append("a\n"), directory + " is in use by another node");
  { auto gone = std::move(uut); }
  EXPECT_EQ(other.open(), "");
}

TEST_F(dead_letter_files, a_directory_that_cannot_be_is_told) {
  auto file = place.write("file", "");
  options.directory = file;
  EXPECT_EQ(make().open(), "cannot open " + file + ": Not a directory");
  options.directory = file + "/letters";
  EXPECT_EQ(make().open(), "cannot make " + file + "/letters: Not a directory");
  options.directory = "/proc/letters";
  EXPECT_EQ(make().open(),
            "cannot make /proc/letters: No such file or directory");
}

TEST_F(dead_letter_files, a_full_disk_leaves_no_half_line) {
  auto uut = make();
  EXPECT_EQ(put(uut, line(10, 'a')), "");
  room = 15;
  EXPECT_EQ(uut.append(line(10, 'b')), "");
  auto path = uut.path();
  EXPECT_EQ(uut.append(line(10, 'c')),
            "cannot write to " + path + ": No space left on device");
  EXPECT_EQ(text(), line(10, 'a')); // of the group nothing is left
  EXPECT_EQ(uut.bytes(), 10u);
  EXPECT_NE(put(uut, line(10, 'b')), "");
  room = 1000;
  EXPECT_EQ(put(uut, line(10, 'b') + line(10, 'c')), "");
  EXPECT_EQ(text(), line(10, 'a') + line(10, 'b') + line(10, 'c'));
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(uut.bytes(), 30u);
}

TEST_F(dead_letter_files, a_write_that_is_interrupted_goes_on) {
  auto interrupted = false;
  on.write = [&](int fd, const char* bytes, std::size_t size) {
    if (!std::exchange(interrupted, true)) {
      errno = EINTR;
      return ssize_t{-1};
    }
    return ::write(fd, bytes, std::min<std::size_t>(size, 3)); // piece by piece
  };
  auto uut = make();
  EXPECT_EQ(put(uut, line(10)), "");
  EXPECT_EQ(text(), line(10));
}

TEST_F(dead_letter_files, a_failed_sync_is_not_trusted_again) {
  auto uut = make();
  EXPECT_EQ(put(uut, line(10, 'a')), "");
  auto path = uut.path();
  sync_error = EIO;
  EXPECT_EQ(put(uut, line(10, 'b')),
            "cannot sync " + path + ": Input/output error");
  sync_error = 0;
  EXPECT_EQ(put(uut, line(10, 'b')), "");
  EXPECT_NE(uut.path(), path);
  EXPECT_EQ(text(), line(10, 'a') + line(10, 'b'));
  EXPECT_EQ(uut.bytes(), 20u);
}

TEST_F(dead_letter_files, a_file_that_was_removed_is_not_written_to) {
  auto uut = make();
  EXPECT_EQ(put(uut, "a\n"), "");
  fs::remove(uut.path());
  EXPECT_EQ(put(uut, "b\n"), "");
  EXPECT_EQ(text(), "b\n");
}

TEST_F(dead_letter_files, a_file_that_was_renamed_is_still_the_one) {
  auto uut = make();
  EXPECT_EQ(put(uut, "a\n"), "");
  fs::rename(uut.path(), directory + "/taken");
  EXPECT_EQ(put(uut, "b\n"), "");
  EXPECT_EQ(files(), (std::map<std::string, std::string>{{"taken", "a\nb\n"}}));
}

TEST_F(dead_letter_files, a_directory_that_was_removed_is_made_again) {
  auto uut = make();
  EXPECT_EQ(put(uut, "a\n"), "");
  fs::remove_all(directory);
  EXPECT_NE(put(uut, "b\n"), "");
  EXPECT_EQ(put(uut, "b\n"), "");
  EXPECT_EQ(text(), "b\n");
}

TEST_F(dead_letter_files, a_full_directory_takes_no_more_until_there_is_room) {
  fs::create_directory(directory);
  std::ofstream{directory + "/dead-letters-20250101T000000Z-0001.ndjson"}
    << line(50, 'o');
  std::ofstream{directory + "/others.txt"} << line(5000); // does not count
  options.max_bytes = 100;
  auto uut = make();
  EXPECT_EQ(uut.open(), "");
  EXPECT_EQ(uut.bytes(), 50u);
  EXPECT_EQ(put(uut, line(50, 'a')), "");
  auto full = directory
              + " is full: it holds 100 bytes of at most 100 "
                "(dead-letters.max-bytes)";
  EXPECT_EQ(put(uut, line(1)), full);
  EXPECT_EQ(put(uut, line(1)), full);
  EXPECT_EQ(uut.bytes(), 100u);
  fs::remove(directory + "/dead-letters-20250101T000000Z-0001.ndjson");
  EXPECT_EQ(put(uut, line(50, 'b')), "");
  EXPECT_EQ(put(uut, line(1)), full);
  EXPECT_EQ(uut.dropped_files(), 0u);
}

TEST_F(dead_letter_files, a_group_that_does_not_fit_is_taken_back_as_a_whole) {
  options.max_bytes = 100;
  auto uut = make();
  EXPECT_EQ(put(uut, line(50, 'a')), "");
  EXPECT_EQ(uut.append(line(40, 'b')), "");
  EXPECT_NE(uut.append(line(40, 'c')), "");
  EXPECT_EQ(text(), line(50, 'a'));
  EXPECT_EQ(uut.bytes(), 50u);
  EXPECT_EQ(put(uut, line(50, 'd')), "");
}

TEST_F(dead_letter_files, the_oldest_goes_if_that_is_wanted) {
  options.when_full = when_full::drop_oldest;
  options.max_bytes = 100;
  options.file_bytes = 40;
  auto uut = make();
  for (auto c : {'a', 'b', 'c', 'd', 'e'})
    EXPECT_EQ(put(uut, line(20, c)), "");
  EXPECT_EQ(files().size(), 3u);
  EXPECT_EQ(put(uut, line(20, 'f')), ""); // a and b were one file
  EXPECT_EQ(text(),
            line(20, 'c') + line(20, 'd') + line(20, 'e') + line(20, 'f'));
  EXPECT_EQ(uut.dropped_files(), 1u);
  EXPECT_EQ(uut.bytes(), 80u);
  EXPECT_EQ(put(uut, line(100, 'g')), ""); // all others
  EXPECT_EQ(text(), line(100, 'g'));
  EXPECT_NE(put(uut, line(101, 'h')), ""); // for that nothing needs to go
  EXPECT_EQ(text(), line(100, 'g'));
  EXPECT_EQ(uut.dropped_files(), 3u);
}

TEST_F(dead_letter_files, the_file_under_way_may_be_the_oldest) {
  options.when_full = when_full::drop_oldest;
  options.max_bytes = 100;
  options.file_bytes = 100;
  auto uut = make();
  EXPECT_EQ(put(uut, line(60, 'a')), "");
  EXPECT_EQ(uut.append(line(30, 'b')), "");
  EXPECT_NE(uut.append(line(30, 'c')), ""); // it is not given up in a group
  EXPECT_EQ(text(), line(60, 'a'));
  EXPECT_EQ(put(uut, line(60, 'b')), "");
  EXPECT_EQ(text(), line(60, 'b'));
}

} // namespace bqs::test
