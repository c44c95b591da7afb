#include "app/input_marks.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

checkpoint_entry entry(const std::string& path) {
  return {path, {1, 2, 3, 4}, "abcdefghijklmnopqrstuv", {}, false};
}

/// One row of ten bytes on each of these lines.
origin_runs lines(std::uint32_t input, std::uint64_t from, std::uint64_t to) {
  origin_runs result;
  for (auto x = from; x <= to; ++x)
    result.add({input, x, (x - 1) * 10});
  return result;
}

TEST(input_marks, a_file_is_settled_up_to_its_first_open_row) {
  input_marks uut;
  row_origins open;
  auto a = uut.add("a", entry("/a"));
  EXPECT_TRUE(uut.unsaved());
  EXPECT_EQ(uut.settled(open).at(0).settled, (input_position{0, 0}));
  EXPECT_FALSE(uut.unsaved());
  EXPECT_EQ(uut.name(a), "a");
  EXPECT_EQ(uut.id(a), "abcdefghijklmnopqrstuv");
  open.add(lines(a, 1, 5), 50);
  open.add(lines(a, 6, 10), 50);
  uut.read_to(a, {110, 11}); // a blank line at the end
  EXPECT_EQ(uut.settled(open).at(0).settled, (input_position{0, 0}));
  // Out of order.
  open.settle(5, 5);
  EXPECT_EQ(uut.settled(open).at(0).settled, (input_position{0, 0}));
  open.settle(0, 4);
  EXPECT_EQ(uut.settled(open).at(0).settled, (input_position{0, 0}));
  open.settle(4, 1);
  EXPECT_EQ(uut.settled(open).at(0).settled, (input_position{110, 11}));
}

TEST(input_marks, rows_that_are_packed_only_are_open) {
  input_marks uut;
  row_origins sent;
  origin_runs packed;
  auto a = uut.add("a", entry("/a"));
  auto b = uut.add("b", entry("/b"));
  sent.add(lines(a, 4, 5), 20);
  packed.add({a, 2, 10});
  packed.add({b, 3, 20});
  uut.read_to(a, {50, 5});
  uut.read_to(b, {30, 3});
  auto result = uut.settled(packed, sent);
  EXPECT_EQ(result.at(0).settled, (input_position{10, 1}));
  EXPECT_EQ(result.at(1).settled, (input_position{20, 2}));
}

TEST(input_marks, a_file_is_finished_with_its_last_row) {
  input_marks uut;
  row_origins open;
  auto a = uut.add("a", entry("/a"));
  open.add(lines(a, 1, 5), 50);
  uut.read_to(a, {50, 5});
  uut.finish(a);
  EXPECT_FALSE(uut.settled(open).at(0).finished);
  EXPECT_EQ(uut.name(a), "a");
  open.settle(0, 5);
  auto result = uut.settled(open);
  EXPECT_TRUE(result.at(0).finished);
  EXPECT_EQ(result.at(0).settled, (input_position{50, 5}));
  EXPECT_EQ(uut.settled(open), result);
}

TEST(input_marks, few_finished_files_are_remembered) {
  input_marks uut;
  row_origins none;
  uut.keep(entry("/elsewhere"));
  for (std::uint64_t i = 0; i < 100; ++i) {
    auto x = entry("/a");
    x.identity.inode = i;
    x.settled.offset = i;
    uut.finish(uut.add("a", x));
  }
  auto result = uut.settled(none);
  ASSERT_EQ(result.size(), 9u);
  EXPECT_EQ(result[0].path, "/elsewhere");
  EXPECT_EQ(result[1].settled.offset, 92u);
  EXPECT_EQ(result[8].settled.offset, 99u);
}

TEST(input_marks, a_finished_file_that_comes_back_is_there_once) {
  input_marks uut;
  row_origins open;
  auto x = entry("/a");
  uut.keep(x);
  uut.keep(entry("/b"));
  x.settled = {10, 1};
  x.identity.head_bytes = 10; // it has grown
  auto a = uut.add("a", x);
  EXPECT_EQ(uut.settled(open).size(), 2u);
  // Again, while its rows are open.
  open.add(lines(a, 2, 5), 40);
  uut.read_to(a, {50, 5});
  uut.finish(a);
  x.settled = {50, 5};
  EXPECT_EQ(uut.add("a.1", x), a);
  auto result = uut.settled(open);
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[1].settled, (input_position{10, 1}));
  open.settle(0, 4);
  result = uut.settled(open);
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[1].settled, (input_position{50, 5}));
  EXPECT_FALSE(result[1].finished);
}

TEST(input_marks, a_finished_file_is_forgotten_when_another_has_its_inode) {
  input_marks uut;
  row_origins open;
  auto a = uut.add("a", entry("/a"));
  open.add(lines(a, 1, 5), 50);
  uut.read_to(a, {50, 5});
  uut.finish(a);
  auto other = entry("/a");
  other.id.front() = 'x';
  EXPECT_NE(uut.add("a", other), a);
  ASSERT_EQ(uut.settled(open).size(), 1u);
  EXPECT_EQ(uut.settled(open)[0].id, other.id);
  EXPECT_EQ(uut.name(a), "a");
  open.settle(0, 5);
  EXPECT_EQ(uut.settled(open).size(), 1u);
}

TEST(input_marks, what_cannot_be_read_again_is_forgotten) {
  input_marks uut;
  row_origins open;
  auto a = uut.add("a", entry("/a"));
  open.add(lines(a, 1, 5), 50);
  uut.drop(a);
  EXPECT_TRUE(uut.settled(open).empty());
  EXPECT_EQ(uut.name(a), "a"); // as long as its rows are open
  open.settle(0, 5);
  EXPECT_TRUE(uut.settled(open).empty());
}

} // namespace
