#include "app/csv_reader.hpp"

#include <vector>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

struct seen {
  std::uint64_t line;
  std::uint64_t offset;
  /// The row, or why there is none.
  std::string text;

  friend bool operator==(const seen&, const seen&) = default;

  friend std::ostream& operator<<(std::ostream& out, const seen& x) {
    return out << x.line << '@' << x.offset << ": " << x.text;
  }
};

struct outcome {
  std::vector<seen> rows;
  std::string error;
  input_position end;
};

/// Feeds `text` in pieces of `step` bytes.
outcome read(std::string_view text, const csv_options& options = {},
             std::size_t step = 1000, const input_position& start = {}) {
  outcome result;
  auto take = [&](const input_row& x) {
    auto why = std::string{x.reason} + ": " + std::string{x.message};
    result.rows.push_back(
      {x.line, x.offset, x.reason.empty() ? std::string{x.json} : why});
    return true;
  };
  csv_reader uut{options, start};
  auto good = true;
  for (std::size_t i = 0; good && i < text.size(); i += step)
    good = uut.feed(text.substr(i, step), take);
  good = good && uut.finish(take);
  EXPECT_EQ(good, uut.error().empty());
  result.error = uut.error();
  result.end = uut.position();
  return result;
}

/// The JSON of a file's only record.
std::string only(std::string_view text, const csv_options& options = {}) {
  auto result = read(text, options);
  EXPECT_EQ(result.error, "") << text;
  EXPECT_EQ(result.rows.size(), 1u) << text;
  return result.rows.empty() ? "" : result.rows[0].text;
}

TEST(csv_reader, records_are_the_same_whatever_the_pieces) {
  constexpr std::string_view text = "\xEF\xBB\xBF\"a\",b\r\n"
                                    "1,\"two\nlines, \"\"quoted\"\"\"\r\n"
                                    "\r\n"
                                    "3,\"\"\n"
                                    "\"4\",\n"
                                    "5,last";
  const std::vector<seen> expected{
    {2, 10, R"({"a":"1","b":"two\nlines, \"quoted\""})"},
    {5, 39, R"({"a":"3","b":""})"},
    {6, 44, R"({"a":"4"})"},
    {7, 49, R"({"a":"5","b":"last"})"}};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    auto result = read(text, {}, step);
    EXPECT_EQ(result.rows, expected) << step;
    EXPECT_EQ(result.end, (input_position{text.size(), 7})) << step;
  }
}

TEST(csv_reader, a_bad_record_fails_alone) {
  constexpr std::string_view text = "a,b\n"
                                    "1\n"
                                    "1,2,3\n"
                                    "x\"y,2\n"
                                    "\"x\"y,\"2\n"
                                    "\"x\"\ry\n"
                                    "1,2\n"
                                    "1,\"never\nclosed";
  const std::vector<seen> expected{
    {2, 4, "malformed: the record has 1 cells, the header 2"},
    {3, 6, "malformed: the record has 3 cells, the header 2"},
    {4, 12,
     "malformed: there is a quote in a cell that does not begin with one"},
    {5, 18, "malformed: there is text behind the quote that ends a cell"},
    {6, 26, "malformed: there is text behind the quote that ends a cell"},
    {7, 32, R"({"a":"1","b":"2"})"},
    {8, 36, "malformed: a quote is not closed; it goes up to line 9"}};
  for (std::size_t step = 1; step < 20; ++step)
    EXPECT_EQ(read(text, {}, step).rows, expected) << step;
}

TEST(csv_reader, a_quote_too_many_tells_how_many_lines_it_took) {
  auto rows = read("a,b\n1,\"x\n2,y\n3,\"z\"\n4,5\n").rows;
  const std::vector<seen> expected{
    {2, 4,
     "malformed: there is text behind the quote that ends a cell; it goes up "
     "to line 4"},
    {5, 19, R"({"a":"4","b":"5"})"}};
  EXPECT_EQ(rows, expected);
}

TEST(csv_reader, a_record_that_is_too_long_is_told_and_its_neighbours_live) {
  csv_options options;
  options.longest = 10;
  auto text = "a,b\n1,2\n" + std::string(11, 'x') + ",y\n\""
              + std::string(9, 'z') + "\n\n\",y\n3,4\n";
  const std::vector<seen> expected{
    {2, 4, R"({"a":"1","b":"2"})"},
    {3, 8, "too_large: the record is longer than 10 MiB and was not sent"},
    {4, 22,
     "too_large: the record is longer than 10 MiB and was not sent; it goes up "
     "to line 6"},
    {7, 38, R"({"a":"3","b":"4"})"}};
  for (std::size_t step = 1; step < 50; ++step)
    EXPECT_EQ(read(text, options, step).rows, expected) << step;
}

TEST(csv_reader, a_header_that_cannot_be_used_is_an_error) {
  auto error = [](std::string_view text) { return read(text).error; };
  constexpr std::string_view begin = "its header cannot be used: ";
  EXPECT_EQ(error("a,b,a\n1,2,3\n"), std::string{begin} + "it names a twice");
  EXPECT_EQ(error("a,,b\n"), std::string{begin} + "column 2 has no name");
  EXPECT_EQ(error("\n"), std::string{begin} + "column 1 has no name");
  EXPECT_EQ(error("a,\xFF\n"), std::string{begin} + "column 2 is not UTF-8");
  EXPECT_EQ(error("a,\"b\n"), std::string{begin} + "a quote is not closed");
  EXPECT_EQ(error(std::string(11u << 20, 'x')),
            std::string{begin} + "it is too long");
  EXPECT_EQ(error(""), "");
  EXPECT_EQ(error("a,b"), "");
}

TEST(csv_reader, what_looks_like_half_a_mark_belongs_to_the_name) {
  for (std::size_t step = 1; step < 5; ++step) {
    auto result = read("\xEF\xBC\x81\n1\n", {}, step);
    ASSERT_EQ(result.rows.size(), 1u);
    EXPECT_EQ(result.rows[0].text, "{\"\xEF\xBC\x81\":\"1\"}");
  }
}

TEST(csv_reader, cells_are_texts_unless_types_are_inferred) {
  csv_options infer;
  infer.infer = true;
  constexpr auto text = "a,b,c,d,e\n1,-2.5e3,true,007,null\n";
  EXPECT_EQ(only(text),
            R"({"a":"1","b":"-2.5e3","c":"true","d":"007","e":"null"})");
  EXPECT_EQ(only(text, infer),
            R"({"a":1,"b":-2.5e3,"c":true,"d":"007","e":"null"})");
}

TEST(csv_reader, names_and_texts_are_escaped) {
  EXPECT_EQ(only("\"a\"\"b\"\n\\\t\x01\n"),
            "{\"a\\\"b\":\"\\\\\\u0009\\u0001\"}");
}

TEST(csv_reader, another_delimiter) {
  csv_options options;
  options.delimiter = '\t';
  EXPECT_EQ(only("a\tb\n1,5\t\"x\ty\"\n", options),
            R"({"a":"1,5","b":"x\u0009y"})");
}

TEST(csv_reader, an_empty_record_of_empty_cells_is_an_empty_object) {
  EXPECT_EQ(only("a,b\n,\n"), "{}");
}

TEST(csv_reader, a_carriage_return_belongs_to_its_own_cell) {
  EXPECT_EQ(only("a,b\n1\r,\n"), R"({"a":"1\u000d"})");
  EXPECT_EQ(only("a,b\n1,\r\n"), R"({"a":"1"})");
  EXPECT_EQ(only("a,b\n1\r,\r\n"), R"({"a":"1\u000d"})");
  EXPECT_EQ(read("a,b\r,\n").error,
            "its header cannot be used: column 3 has no name");
}

TEST(csv_reader, goes_on_where_an_earlier_one_stopped) {
  constexpr std::string_view text = "a,b\n1,2\n\"3\n\",4\n5,6\n";
  const std::vector<seen> expected{{5, 15, R"({"a":"5","b":"6"})"}};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    auto result = read(text, {}, step, {15, 4});
    EXPECT_EQ(result.rows, expected) << step;
    EXPECT_EQ(result.end, (input_position{text.size(), 5})) << step;
  }
}

TEST(csv_reader, a_header_has_at_most_10000_columns) {
  std::string names;
  std::string cells;
  for (auto i = 1; i <= 10'000; ++i) {
    names += (i > 1 ? ",c" : "c") + std::to_string(i);
    cells += i > 1 ? "," : "1";
  }
  EXPECT_EQ(only(names + "\n" + cells + "\n"), R"({"c1":"1"})");
  for (auto& text : {names + ",c", names + ",c\n"}) {
    auto result = read(text + "\n1\n");
    EXPECT_EQ(result.error,
              "its header cannot be used: it has more than 10,000 columns");
    EXPECT_TRUE(result.rows.empty());
    EXPECT_EQ(result.end, input_position{});
  }
}

TEST(csv_reader, a_header_that_never_ends_is_not_read_on) {
  csv_reader uut{{}};
  auto take = [](const input_row&) { return true; };
  const std::string commas(1'000, ',');
  auto pieces = 0;
  while (pieces < 1'000 && uut.feed(commas, take))
    ++pieces;
  EXPECT_EQ(pieces, 10);
  EXPECT_NE(uut.error().find("10,000 columns"), std::string::npos);
}

TEST(csv_reader, what_lies_before_the_start_can_be_skipped) {
  std::vector<std::string> rows;
  auto take = [&](const input_row& x) {
    rows.emplace_back(x.json);
    return true;
  };
  csv_reader uut{{}, {8, 2}};
  EXPECT_EQ(uut.surplus(), 0u); // the header is needed
  EXPECT_TRUE(uut.feed("a,b\n", take));
  EXPECT_EQ(uut.surplus(), 4u);
  EXPECT_EQ(uut.position(), (input_position{8, 2}));
  uut.skip(4);
  EXPECT_TRUE(uut.feed("3,4\n", take));
  EXPECT_EQ(rows, std::vector<std::string>{R"({"a":"3","b":"4"})"});
  EXPECT_EQ(uut.position(), (input_position{12, 3}));
}

TEST(csv_reader, a_record_without_end_is_not_counted_before_the_end) {
  csv_reader uut{{}};
  auto take = [](const input_row&) { return true; };
  EXPECT_TRUE(uut.feed("a\n1\n2", take));
  EXPECT_EQ(uut.position(), (input_position{4, 2}));
}

} // namespace
