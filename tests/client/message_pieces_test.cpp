#include "client/message_pieces.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "client/buffers.hpp"

namespace bqs {

namespace {

constexpr auto largest = static_cast<std::uint32_t>(message_pieces::largest);

std::vector<char> content(std::uint32_t size) {
  std::vector<char> result(size);
  for (std::uint32_t i = 0; i < size; ++i)
    result[i] = static_cast<char>(i % 251);
  return result;
}

/// Lets a message come, as much of it at a time as is asked for. Returns what
/// there is in the end.
std::vector<char> read(message_pieces& by, const std::vector<char>& from,
                       std::size_t* pieces = nullptr) {
  std::vector<char> buffer;
  for (std::size_t at = 0; at < from.size();) {
    auto next = by.next();
    EXPECT_GT(next, 0u);
    EXPECT_LE(next, message_pieces::largest);
    EXPECT_LE(next, from.size() - at) << "not of this message";
    auto begin = from.begin() + static_cast<std::ptrdiff_t>(at);
    buffer.assign(begin, begin + static_cast<std::ptrdiff_t>(next));
    at += next;
    if (pieces != nullptr)
      ++*pieces;
    EXPECT_EQ(by.add(buffer), at == from.size());
  }
  return buffer;
}

} // namespace

TEST(message_pieces, add_up_to_the_message) {
  message_pieces x;
  for (auto size : {1u, 32u, largest - 1, largest, largest + 1, 2 * largest,
                    5 * largest + 7, largest + 1, 3u}) {
    auto all = content(size);
    std::size_t pieces = 0;
    x.begin(size, false);
    EXPECT_EQ(read(x, all, &pieces), all);
    EXPECT_EQ(pieces, (size + largest - 1) / largest);
    EXPECT_EQ(x.next(), 0u);
  }
}

TEST(message_pieces, of_what_is_skipped_are_not_kept) {
  message_pieces x;
  for (auto size : {1u, largest, largest + 1, 5 * largest + 7}) {
    auto all = content(size);
    x.begin(size, true);
    EXPECT_TRUE(x.is_skipped());
    EXPECT_LE(read(x, all).size(), largest);
    EXPECT_FALSE(x.is_skipped()) << "it is over";
    x.begin(size, false);
    EXPECT_FALSE(x.is_skipped());
    EXPECT_EQ(read(x, all), all);
  }
}

TEST(message_pieces, of_a_forged_size_are_as_large_as_any) {
  message_pieces x;
  x.begin(UINT32_MAX, true);
  std::vector<char> piece(largest);
  for (auto i = 0; i < 100; ++i) {
    EXPECT_EQ(x.next(), largest);
    EXPECT_FALSE(x.add(piece));
  }
}

TEST(message_pieces, of_a_message_that_was_given_up_are_forgotten) {
  message_pieces x;
  std::vector<char> piece(largest, 'x');
  x.begin(3 * largest, false);
  EXPECT_FALSE(x.add(piece));
  auto all = content(2 * largest);
  x.begin(2 * largest, false);
  EXPECT_EQ(read(x, all), all);
  x.begin(3 * largest, true);
  EXPECT_FALSE(x.add(piece));
  x = {};
  EXPECT_FALSE(x.is_skipped());
  EXPECT_EQ(x.next(), 0u);
}

TEST(message_pieces, are_read_into_the_buffer_that_was_there) {
  message_pieces x;
  x.begin(100, false);
  auto buffer = content(100);
  auto where = buffer.data();
  EXPECT_TRUE(x.add(buffer));
  EXPECT_EQ(buffer.data(), where);
}

TEST(message_pieces, do_not_keep_a_large_buffer) {
  message_pieces x;
  for (auto i = 0; i < 2; ++i) {
    x.begin(largest + 1, false);
    std::vector<char> first(largest);
    EXPECT_FALSE(x.add(first));
    std::vector<char> last(1);
    last.reserve(2 * usual_buffer);
    EXPECT_TRUE(x.add(last));
    EXPECT_LE(last.capacity(), usual_buffer); // what was kept before
  }
}

} // namespace bqs
