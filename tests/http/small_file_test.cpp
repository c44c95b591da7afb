#include "http/small_file.hpp"

#include <sys/stat.h>

#include <string>

#include <gtest/gtest.h>

#include "tests/no_descriptors.hpp"
#include "tests/scratch.hpp"

namespace bqs::http {

namespace {

struct small_file_test : ::testing::Test {
  bqs::test::scratch folder;
};

} // namespace

TEST_F(small_file_test, is_read_to_the_end) {
  std::string bytes{"{\"a\":1}\n\0\xff", 10};
  auto x = read_small_file(folder.write("file", bytes));
  EXPECT_EQ(x.fault, "");
  EXPECT_EQ(x.text, bytes);
  EXPECT_EQ(read_small_file(folder.write("empty", "")).fault, "");
}

TEST_F(small_file_test, may_be_as_large_as_is_said_and_no_larger) {
  for (std::size_t most : {0u, 1u, 4095u, 4096u, 4097u, 65536u}) {
    std::string bytes(most, 'x');
    auto x = read_small_file(folder.write("file", bytes), most);
    EXPECT_EQ(x.fault, "") << most;
    EXPECT_EQ(x.text, bytes) << most;
    x = read_small_file(folder.write("file", bytes + "x"), most);
    EXPECT_EQ(x.fault, "it is larger than " + std::to_string(most) + " bytes");
    EXPECT_EQ(x.text, "") << most;
  }
}

TEST_F(small_file_test, has_64_KiB_unless_told) {
  std::string bytes(64u << 10, 'x');
  EXPECT_EQ(read_small_file(folder.write("file", bytes)).text, bytes);
  EXPECT_EQ(read_small_file(folder.write("file", bytes + "x")).fault,
            "it is larger than 65536 bytes");
}

TEST_F(small_file_test, that_is_missing_is_told) {
  EXPECT_EQ(read_small_file(folder.path("nothing")).fault,
            "No such file or directory");
  EXPECT_EQ(read_small_file("").fault, "No such file or directory");
}

TEST_F(small_file_test, is_no_directory) {
  EXPECT_EQ(read_small_file(folder.path()).fault, "Is a directory");
}

// Nobody writes into it, ever.
TEST_F(small_file_test, is_no_pipe_and_does_not_wait_for_one) {
  auto path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_small_file(path).fault, "not a file");
  EXPECT_EQ(read_small_file("/dev/null").fault, "not a file");
}

TEST_F(small_file_test, tells_of_a_want_of_descriptors) {
  auto path = folder.write("file", "x");
  small_file x;
  {
    bqs::test::no_descriptors here;
    x = read_small_file(path);
  }
  EXPECT_EQ(x.fault, "Too many open files");
  EXPECT_EQ(read_small_file(path).text, "x");
}

} // namespace bqs::http
