#include "app/file_identity.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>

#include <gtest/gtest.h>

#include "app/temporary_directory.hpp"
#include "http/unique_fd.hpp"

using namespace bqs::app;

namespace {

struct file_identity_test : ::testing::Test {
  std::string write(const std::string& name, const std::string& text) {
    auto path = directory.path() + "/" + name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  static bool is_same(const std::string& path, const file_identity& x) {
    bqs::http::unique_fd fd{open(path.c_str(), O_RDONLY)};
    return is_same_file(fd.get(), x);
  }

  temporary_directory directory{"bqs-identity-"};
};

} // namespace

TEST_F(file_identity_test, a_file_stays_the_same_when_it_grows_or_is_renamed) {
  auto path = write("a", "first\n");
  auto x = identify(path);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->head_bytes, 6u);
  std::ofstream{path, std::ios::app} << std::string(5000, 'x');
  EXPECT_TRUE(is_same(path, *x));
  std::filesystem::rename(path, path + ".1");
  EXPECT_TRUE(is_same(path + ".1", *x));
  EXPECT_EQ(identify(path + ".1")->head_bytes, longest_head);
}

TEST_F(file_identity_test, a_copy_is_another_file) {
  auto path = write("a", "first\n");
  std::filesystem::copy_file(path, path + ".1");
  EXPECT_FALSE(is_same(path + ".1", *identify(path)));
}

TEST_F(file_identity_test, an_inode_that_comes_again_is_told_by_the_head) {
  auto path = write("a", "first\n");
  auto x = *identify(path);
  write("a", "other\n"); // the same inode
  EXPECT_EQ(identify(path)->inode, x.inode);
  EXPECT_FALSE(is_same(path, x));
  write("a", "fir");
  EXPECT_FALSE(is_same(path, x));
}

TEST_F(file_identity_test, what_is_not_there_is_nothing) {
  EXPECT_FALSE(identify(directory.path() + "/missing"));
  EXPECT_FALSE(is_same_file(-1, {}));
}

TEST_F(file_identity_test, names_of_rotated_files) {
  for (auto name :
       {"app.log.1", "app.log.12", "app.log-20260131", "app.log_2",
        "app.log.2026-01-31T12:00:00Z", "app-20260131.log", "app.1.log"})
    EXPECT_TRUE(is_rotated_name(name, "app.log")) << name;
  for (auto name :
       {"app.log", "app.logger", "app.log.", "app.log-", "app.log.bak",
        "app.log.1.gz", "app-errors.log", "apple.log", "app.1.txt", "1.log"})
    EXPECT_FALSE(is_rotated_name(name, "app.log")) << name;
  EXPECT_TRUE(is_rotated_name("log.1", "log"));
  EXPECT_FALSE(is_rotated_name("log1.txt", "log"));
  EXPECT_FALSE(is_rotated_name(".1.log", ".log"));
}

TEST_F(file_identity_test, neighbours_come_by_the_time_of_their_last_write) {
  auto path = write("a", "");
  auto now = std::filesystem::last_write_time(path);
  for (auto i : {3, 1, 2}) {
    auto beside = write("a." + std::to_string(i), "");
    std::filesystem::last_write_time(beside, now - std::chrono::hours{i});
  }
  std::filesystem::create_directory(path + ".d");
  auto found = neighbours_of(path);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, path + ".3");
  EXPECT_EQ(found[1].path, path + ".2");
  EXPECT_EQ(found[2].path, path + ".1");
  EXPECT_EQ(found[2].inode, identify(path + ".1")->inode);
  EXPECT_TRUE(neighbours_of(directory.path() + "/no/such").empty());
}
