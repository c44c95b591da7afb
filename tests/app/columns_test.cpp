#include "app/columns.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

using lines = std::vector<std::vector<cell>>;

std::string page(columns x, const lines& all, const paper& on = {}) {
  x.widen(all);
  return x.heading(on) + x.text(all, on);
}

columns sample() {
  return columns{{{"NAME", lean::left, 4}, {"COUNT", lean::right}, {"WORD"}}};
}

TEST(columns, columns_are_aligned_by_what_a_terminal_shows) {
  EXPECT_EQ(page(sample(), {{{"a\xC3\xA4"}, {"1,000"}, {"x"}},
                            {{"\xE4\xB8\xAD"}, {"7"}, {""}},
                            {{"longer"}, {""}, {"y"}}}),
            "NAME    COUNT  WORD\n"
            "a\xC3\xA4      1,000  x\n"
            "\xE4\xB8\xAD          7\n"
            "longer         y\n");
}

TEST(columns, a_line_may_have_fewer_cells) {
  EXPECT_EQ(page(sample(), {{{"a"}}, {}}), "NAME  COUNT  WORD\na\n\n");
}

TEST(columns, a_cell_stays_on_its_line) {
  EXPECT_EQ(page(columns{{{"A"}}}, {{{"x\ny\033"}}}), "A\nx y\xEF\xBF\xBD\n");
}

TEST(columns, colours_do_not_count_and_blanks_have_none) {
  columns x{{{"A"}, {"B", lean::right}}};
  lines all{{{"x", tone::good}, {"10", tone::bad}}};
  x.widen(all);
  EXPECT_EQ(x.text(all, {0, 0, true}), "\033[32mx\033[0m  \033[31m10\033[0m\n");
  EXPECT_EQ(x.text(all, {0, 0, false}), "x  10\n");
}

TEST(columns, where_there_is_no_room_texts_are_cut_and_numbers_left_out) {
  lines all{{{"long-name"}, {"1,234"}, {"word"}}};
  auto at = [&all](std::size_t width) {
    return page(sample(), all, {width, 0, false});
  };
  EXPECT_EQ(at(22), "NAME       COUNT  WORD\nlong-name  1,234  word\n");
  EXPECT_EQ(at(21),
            "NAME      COUNT  WORD\nlong-na\xE2\x80\xA6  1,234  word\n");
  EXPECT_EQ(at(17), "NAME  COUNT  WORD\nlon\xE2\x80\xA6  1,234  word\n");
  EXPECT_EQ(at(16), "NAME       COUNT\nlong-name  1,234\n");
  EXPECT_EQ(at(11), "NAME  COUNT\nlon\xE2\x80\xA6  1,234\n");
  EXPECT_EQ(at(10), "NAME\nlong-name\n");
  EXPECT_EQ(at(3), "NA\xE2\x80\xA6\nlo\xE2\x80\xA6\n");
}

TEST(columns, columns_never_become_narrower) {
  auto x = sample();
  x.widen({{{"a-long-name"}, {"1"}, {"x"}}});
  lines later{{{"b"}, {"2"}, {"y"}}};
  x.widen(later);
  EXPECT_EQ(x.text(later, {}), "b                2  y\n");
}

TEST(columns, a_single_line_fits_the_paper) {
  EXPECT_EQ(single_line({"abc\n", tone::dim}, {0, 0, false}), "abc \n");
  EXPECT_EQ(single_line({"abcdef", tone::dim}, {4, 0, true}),
            "\033[2mabc\xE2\x80\xA6\033[0m\n");
}

} // namespace
