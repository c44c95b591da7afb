#include "app/line_splitter.hpp"

#include <vector>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

struct seen {
  std::uint64_t number;
  std::uint64_t offset;
  std::string text;
  bool too_long = false;

  friend bool operator==(const seen&, const seen&) = default;

  friend std::ostream& operator<<(std::ostream& out, const seen& x) {
    return out << x.number << '@' << x.offset << ": '" << x.text << "' "
               << x.too_long;
  }
};

/// Feeds `text` in pieces of `step` bytes.
std::vector<seen> split(std::string_view text, std::size_t step,
                        std::size_t longest = 100,
                        const input_position& start = {}) {
  std::vector<seen> result;
  auto take = [&](const input_row& x) {
    EXPECT_EQ(x.reason.empty(), x.message.empty());
    result.push_back(
      {x.line, x.offset, std::string{x.json}, x.reason == "too_large"});
    return true;
  };
  line_splitter lines{longest, start};
  for (std::size_t i = 0; i < text.size(); i += step)
    EXPECT_TRUE(lines.feed(text.substr(i, step), take));
  EXPECT_TRUE(lines.finish(take));
  EXPECT_EQ(lines.position().offset, text.size());
  return result;
}

TEST(line_splitter, lines_are_the_same_whatever_the_pieces) {
  constexpr auto text = "\xEF\xBB\xBF{\"a\":1}\r\n\n  \t\r\n{\"b\":2} \nlast";
  const std::vector<seen> expected{
    {1, 0, "{\"a\":1}"}, {4, 18, "{\"b\":2} "}, {5, 27, "last"}};
  for (std::size_t step = 1; step < 40; ++step)
    EXPECT_EQ(split(text, step), expected) << step;
}

TEST(line_splitter, a_line_that_is_too_long_is_told_and_its_neighbours_live) {
  auto text = "ab\n" + std::string(6, 'x') + "\n" + std::string(5, 'y') + "\n"
              + std::string(50, 'z');
  const std::vector<seen> expected{
    {1, 0, "ab"}, {2, 3, "", true}, {3, 10, "yyyyy"}, {4, 16, "", true}};
  for (std::size_t step = 1; step < 70; ++step)
    EXPECT_EQ(split(text, step, 5), expected) << step;
}

TEST(line_splitter, an_end_of_line_at_the_end_begins_no_line) {
  EXPECT_TRUE(split("", 1).empty());
  EXPECT_TRUE(split("\n", 1).empty());
  EXPECT_EQ(split("a\n", 1).size(), 1u);
  EXPECT_EQ(split("a", 1).size(), 1u);
}

TEST(line_splitter, a_consumer_that_has_enough_is_left_alone) {
  line_splitter lines{100};
  auto calls = 0;
  EXPECT_FALSE(lines.feed("a\nb\nc\n", [&](const input_row&) {
    ++calls;
    return false;
  }));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(lines.position(), (input_position{2, 1}));
}

TEST(line_splitter, goes_on_where_an_earlier_one_stopped) {
  constexpr auto text = "first\n\nthird\nlast";
  const std::vector<seen> expected{{3, 7, "third"}, {4, 13, "last"}};
  for (std::size_t step = 1; step < 20; ++step)
    EXPECT_EQ(split(text, step, 100, {7, 2}), expected) << step;
}

TEST(line_splitter, a_line_without_end_is_not_counted_before_the_end) {
  line_splitter lines{100};
  auto take = [](const input_row&) { return true; };
  EXPECT_TRUE(lines.feed("a\nb", take));
  EXPECT_EQ(lines.position(), (input_position{2, 1}));
}

} // namespace
