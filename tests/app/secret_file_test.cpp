#include "app/secret_file.hpp"

#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "http/small_file.hpp"
#include "tests/scratch.hpp"

namespace {

namespace http = bqs::http;
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
  EXPECT_EQ(http::read_small_file(path).text, "secret");
}

TEST(secret_file, is_not_written_over) {
  bqs::test::scratch files;
  auto path = files.write("key.json", "old");
  auto why = complaint_of([&] { write_secret_file(path, "new"); });
  EXPECT_EQ(why, "cannot write " + path + ": File exists");
  EXPECT_EQ(http::read_small_file(path).text, "old");
}

TEST(secret_file, needs_its_directory) {
  bqs::test::scratch files;
  auto path = files.path("none/key.json");
  EXPECT_NE(complaint_of([&] { write_secret_file(path, "x"); }).find(path),
            std::string::npos);
}

} // namespace
