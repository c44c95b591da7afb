#include "client/message_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace bqs {

namespace {

constexpr std::uint64_t MiB = 1u << 20;

} // namespace

TEST(message_limits, are_usual_as_long_as_nobody_says_anything) {
  message_limits x;
  EXPECT_EQ(x.of_one(false), 64 * MiB);
  EXPECT_EQ(x.of_one(true), 64 * MiB);
  EXPECT_EQ(x.of_all(), 256 * MiB);
}

TEST(message_limits, let_in_what_producers_send) {
  message_limits x;
  x.allow_blocks(0);
  EXPECT_EQ(x.of_one(false), most_sent + MiB);
  x.allow_blocks(10 * MiB);
  EXPECT_EQ(x.of_one(false), 21 * MiB);
  EXPECT_EQ(x.of_one(true), 64 * MiB);
  EXPECT_EQ(x.of_all(), 256 * MiB);
}

TEST(message_limits, rise_with_the_largest_block) {
  message_limits x;
  x.allow_blocks(40 * MiB);
  EXPECT_EQ(x.of_one(false), 81 * MiB);
  EXPECT_EQ(x.of_one(true), 64 * MiB);
  EXPECT_EQ(x.of_all(), 324 * MiB);
  x.allow_blocks(10 * MiB); // for another node of the process
  EXPECT_EQ(x.of_one(false), 81 * MiB);
}

TEST(message_limits, end_where_the_protocol_does) {
  constexpr auto last = std::numeric_limits<std::uint32_t>::max();
  for (auto bytes : {std::size_t{last}, std::size_t{last} / 2,
                     std::numeric_limits<std::size_t>::max()}) {
    message_limits x;
    x.allow_blocks(bytes);
    EXPECT_EQ(x.of_one(false), last);
    EXPECT_EQ(x.of_all(), 4 * std::uint64_t{last});
  }
}

} // namespace bqs
