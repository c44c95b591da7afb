#include "app/secret_file.hpp"

#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/scratch.hpp"

namespace {

using namespace bqs::app;

/// Returns what a call complains about; empty if it does not.
template <class F>
std::string complaint_of(F f) {
  try {
    f();
  } catch (const std::runtime_error& why) {
    return why.what();
  }
  return {};
}

TEST(secret_file, is_for_its_owner_alone) {
  bqs::test::scratch files;
  auto path = files.path("key.json");
  auto before = ::umask(0);
  write_secret_file(path, "secret");
  ::umask(before);
  struct ::stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777u, 0600u);
  EXPECT_EQ(read_secret_file(path), "secret");
}

TEST(secret_file, is_not_written_over) {
  bqs::test::scratch files;
  auto path = files.write("key.json", "old");
  auto why = complaint_of([&] { write_secret_file(path, "new"); });
  EXPECT_EQ(why, "cannot write " + path + ": File exists");
  EXPECT_EQ(read_secret_file(path), "old");
}

TEST(secret_file, needs_its_directory) {
  bqs::test::scratch files;
  auto path = files.path("none/key.json");
  EXPECT_NE(complaint_of([&] { write_secret_file(path, "x"); }).find(path),
            std::string::npos);
}

TEST(secret_file, is_small_and_there) {
  bqs::test::scratch files;
  auto large = files.write("large", std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(complaint_of([&] { read_secret_file(large); }),
            "cannot read " + large + ": larger than any credential file");
  auto missing = files.path("missing");
  EXPECT_EQ(complaint_of([&] { read_secret_file(missing); }),
            "cannot read " + missing + ": No such file or directory");
  EXPECT_EQ(complaint_of([&] { read_secret_file(files.path()); }),
            "cannot read " + files.path() + ": Is a directory");
}

} // namespace
