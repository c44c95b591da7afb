#include "actors/row_queue.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "bqstreamer/block_builder.hpp"
#include "http/body.hpp"

namespace bqs {

namespace {

/// Rows of ten bytes each.
held_block_ptr make_block(std::uint32_t rows, const std::string& id = {}) {
  block_builder texts;
  for (std::uint32_t i = 0; i < rows; ++i)
    texts.add(std::string_view{R"({"abc":12})"}, id);
  auto result = std::make_shared<held_block>();
  result->rows = texts.finish({}, 0, {"", "shop", "events", ""});
  return result;
}

slice whole(held_block_ptr x) {
  auto rows = x->rows.rows();
  return {std::move(x), {0, rows}, {}};
}

} // namespace

TEST(row_queue, counts_what_it_holds) {
  row_queue uut;
  EXPECT_TRUE(uut.empty());
  auto x = whole(make_block(3));
  uut.push_back(x);
  uut.push_back(x);
  EXPECT_EQ(uut.rows(), 6u);
  EXPECT_EQ(uut.bytes(), 2 * body_bytes(x));
  uut.clear();
  EXPECT_TRUE(uut.empty());
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.bytes(), 0u);
}

TEST(row_queue, gives_a_part_of_its_first_slice_and_keeps_the_rest) {
  row_queue uut;
  uut.push_back(whole(make_block(5)));
  auto first = uut.take_front(2);
  EXPECT_EQ(first.rows, (row_range{0, 2}));
  EXPECT_EQ(uut.rows(), 3u);
  auto rest = uut.take_front(100);
  EXPECT_EQ(rest.rows, (row_range{2, 5}));
  EXPECT_TRUE(uut.empty());
  EXPECT_EQ(uut.bytes(), 0u);
}

TEST(row_queue, puts_rows_ahead_in_their_order) {
  auto a = whole(make_block(1));
  auto b = whole(make_block(2));
  auto c = whole(make_block(3));
  row_queue uut;
  uut.push_back(c);
  uut.push_front({a, b});
  EXPECT_EQ(uut.take_front(9).source, a.source);
  EXPECT_EQ(uut.take_front(9).source, b.source);
  EXPECT_EQ(uut.take_front(9).source, c.source);
}

TEST(row_queue, says_how_many_rows_fit) {
  auto x = whole(make_block(10));
  row_queue uut;
  uut.push_back(x);
  auto one = body_bytes(x) / 10;
  EXPECT_EQ(uut.fitting(one - 1), 0u);
  EXPECT_EQ(uut.fitting(one), 1u);
  EXPECT_EQ(uut.fitting(7 * one + one / 2), 7u);
  EXPECT_EQ(uut.fitting(100 * one), 10u);
}

TEST(row_queue, leaves_room_for_ids_that_are_escaped) {
  auto without = body_bytes(whole(make_block(4)));
  EXPECT_EQ(body_bytes(whole(make_block(4, "id"))), without + 4 * 2 * 2);
  EXPECT_GE(without, 4 * (10 + http::row_framing));
}

} // namespace bqs
