#include "app/row_file.hpp"

#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "app/temporary_directory.hpp"

using namespace bqs::app;
using namespace std::chrono_literals;

namespace {

/// `{"a":"1"}` and `{"a":"2"}` as CSV, by gzip.
constexpr std::string_view packed_csv
  = {"\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\x4B\xE4\x32\xE4\x32\xE2\x02\x00"
     "\x80\xC2\x7F\x70\x06\x00\x00\x00",
     26};

struct row_file_test : ::testing::Test {
  std::string write(const std::string& name, std::string_view text) {
    auto path = directory.path() + "/" + name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  /// Reads a file to its end or error.
  std::string read(const std::string& path, const input_position& start = {},
                   unended_line last = unended_line::taken) {
    std::string result;
    row_file uut{path, {}, start, last};
    auto take = [&](const input_row& x) {
      result += std::to_string(x.line) + " " + std::string{x.json} + "\n";
      return true;
    };
    auto got = input_file::result::data;
    while (got == input_file::result::data)
      got = uut.read(1s, take);
    EXPECT_EQ(got == input_file::result::end, uut.error().empty());
    error = uut.error();
    end = uut.position();
    bytes = uut.bytes();
    in_line = uut.in_line();
    return result;
  }

  temporary_directory directory{"bqs-row-file-"};
  std::string error;
  input_position end;
  std::uint64_t bytes = 0;
  bool in_line = false;
};

} // namespace

TEST_F(row_file_test, lines_and_records_come_out_of_what_is_packed_or_not) {
  EXPECT_EQ(read(write("x.ndjson", "{}\n[]")), "1 {}\n2 []\n");
  EXPECT_EQ(end, (input_position{5, 2}));
  EXPECT_EQ(read(write("x.csv", "a\n1\n")), "2 {\"a\":\"1\"}\n");
  EXPECT_EQ(read(write("y.csv.gz", packed_csv)),
            "2 {\"a\":\"1\"}\n3 {\"a\":\"2\"}\n");
  EXPECT_EQ(error, "");
  EXPECT_EQ(end, (input_position{6, 3}));
  EXPECT_EQ(bytes, packed_csv.size());
}

TEST_F(row_file_test, goes_on_where_an_earlier_run_stopped) {
  std::string text(400'000, ' ');
  text += "\n1\n2\n";
  EXPECT_EQ(read(write("x", text), {400'003, 2}), "3 2\n");
  EXPECT_EQ(bytes, text.size());
  EXPECT_EQ(read(write("x.csv", "a\n1\n2\n"), {4, 2}), "3 {\"a\":\"2\"}\n");
  EXPECT_EQ(read(write("x.csv.gz", packed_csv), {4, 2}), "3 {\"a\":\"2\"}\n");
  EXPECT_EQ(read(write("x", "1\n"), {2, 1}), "");
  EXPECT_EQ(error, "");
}

TEST_F(row_file_test, a_line_without_end_can_be_left_to_the_next_run) {
  constexpr auto left = unended_line::left;
  EXPECT_EQ(read(write("x", "1\n2"), {}, left), "1 1\n");
  EXPECT_EQ(end, (input_position{2, 1}));
  EXPECT_TRUE(in_line);
  EXPECT_EQ(read(write("x", "1\n234\n"), end, left), "2 234\n");
  EXPECT_FALSE(in_line);
  EXPECT_EQ(read(write("x", "1\n2")), "1 1\n2 2\n");
  EXPECT_FALSE(in_line);
  // In the header, inside quotes.
  EXPECT_EQ(read(write("x.csv", "a,"), {}, left), "");
  EXPECT_EQ(end, (input_position{0, 0}));
  EXPECT_TRUE(in_line);
  EXPECT_EQ(read(write("x.csv", "a\n1\n\"2\n"), {}, left), "2 {\"a\":\"1\"}\n");
  EXPECT_EQ(end, (input_position{4, 2}));
  EXPECT_TRUE(in_line);
  EXPECT_EQ(read(write("y.csv.gz", packed_csv), {}, left),
            "2 {\"a\":\"1\"}\n3 {\"a\":\"2\"}\n");
  EXPECT_FALSE(in_line);
  EXPECT_EQ(read(write("x", ""), {}, left), "");
  EXPECT_FALSE(in_line);
}

TEST_F(row_file_test, a_file_that_has_shrunk_is_an_error) {
  read(write("x", "1\n2\n"), {6, 3});
  EXPECT_EQ(error, "is shorter than what was read of it before");
  read(write("x.csv.gz", packed_csv), {8, 4});
  EXPECT_EQ(error, "is shorter than what was read of it before");
}

TEST_F(row_file_test, what_is_written_behind_the_end_as_it_was_is_left_out) {
  auto path = write("x", "1\n2\n3\n");
  // A line that was being written is whole by now.
  for (std::uint64_t until : {4, 5, 6}) {
    std::string lines;
    row_file uut{path, {}, {}, unended_line::taken, until};
    auto take = [&](const input_row& x) {
      lines += x.json;
      return true;
    };
    auto got = input_file::result::data;
    while (got == input_file::result::data)
      got = uut.read(1s, take);
    EXPECT_EQ(got, input_file::result::end);
    EXPECT_EQ(uut.error(), "");
    EXPECT_EQ(lines, until == 4 ? "12" : "123");
  }
}

TEST_F(row_file_test, what_stands_before_an_error_comes_through) {
  auto cut = packed_csv.substr(0, packed_csv.size() - 4);
  EXPECT_EQ(read(write("x.csv.gz", cut)), "2 {\"a\":\"1\"}\n3 {\"a\":\"2\"}\n");
  EXPECT_EQ(error, "its gzip data ends too early");
  EXPECT_EQ(end.lines, 3u);
  EXPECT_EQ(read(write("x.csv", "a,a\n1,2\n")), "");
  EXPECT_EQ(error, "its header cannot be used: it names a twice");
  EXPECT_EQ(read(directory.path() + "/missing"), "");
  EXPECT_EQ(error, "No such file or directory");
}
