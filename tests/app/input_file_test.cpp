#include "app/input_file.hpp"

#include <fstream>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "app/temporary_directory.hpp"

using namespace bqs::app;
using namespace std::chrono_literals;

namespace {

TEST(input_file, is_read_in_pieces_to_its_end) {
  temporary_directory directory{"bqs-input-"};
  auto path = directory.path() + "/rows";
  std::string text(1'000'000, 'x');
  std::ofstream{path} << text;
  EXPECT_EQ(look_at_input(path).error, "");
  EXPECT_EQ(look_at_input(path).size, text.size());
  input_file uut{path};
  std::string all;
  std::string piece;
  while (uut.read(piece, 1s) == input_file::result::data)
    all += piece;
  EXPECT_EQ(all, text);
  EXPECT_EQ(uut.read(piece, 1s), input_file::result::end);
}

TEST(input_file, what_is_not_wanted_is_skipped) {
  temporary_directory directory{"bqs-input-"};
  auto path = directory.path() + "/rows";
  std::ofstream{path} << "0123456789";
  input_file uut{path};
  EXPECT_EQ(uut.skip(4), 4u);
  std::string piece;
  EXPECT_EQ(uut.read(piece, 1s), input_file::result::data);
  EXPECT_EQ(piece, "456789");
  EXPECT_EQ(uut.skip(1), 0u); // not beyond the end
  std::ofstream{path, std::ios::app} << "abc";
  EXPECT_EQ(uut.skip(5), 3u);
  EXPECT_EQ(uut.read(piece, 1s), input_file::result::end);
}

TEST(input_file, what_cannot_be_read_is_known_before) {
  temporary_directory directory{"bqs-input-"};
  EXPECT_EQ(look_at_input(directory.path()).error, "Is a directory");
  auto missing = directory.path() + "/missing";
  EXPECT_EQ(look_at_input(missing).error, "No such file or directory");
  input_file uut{missing};
  std::string piece;
  EXPECT_EQ(uut.read(piece, 1s), input_file::result::error);
  EXPECT_EQ(uut.error(), "No such file or directory");
}

TEST(input_file, the_size_of_a_pipe_is_not_known) {
  temporary_directory directory{"bqs-input-"};
  auto pipe = directory.path() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(look_at_input(pipe).error, "");
  EXPECT_EQ(look_at_input(pipe).size, 0u);
}

} // namespace
