#include "app/value.hpp"

#include <limits>

#include <gtest/gtest.h>

using namespace bqs::app;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

TEST(value, integers_are_digits_only) {
  EXPECT_EQ(parse_integer("0"), 0u);
  EXPECT_EQ(parse_integer("5000"), 5000u);
  EXPECT_EQ(parse_integer("18446744073709551615"), largest);
  for (auto bad : {"", " ", "-1", "+1", "1.0", "1e3", "1k", "0x10", "1 ", " 1",
                   "1,000", "18446744073709551616"})
    EXPECT_FALSE(parse_integer(bad)) << bad;
}

TEST(value, sizes_may_have_binary_units) {
  EXPECT_EQ(parse_size("1048576"), 1u << 20);
  EXPECT_EQ(parse_size("64KiB"), 1u << 16);
  EXPECT_EQ(parse_size("1MiB"), 1u << 20);
  EXPECT_EQ(parse_size("3GiB"), 3ull << 30);
  EXPECT_EQ(parse_size("17179869183GiB"), 17179869183ull << 30);
  for (auto bad : {"", "KiB", "1KB", "1MB", "1M", "1kib", "1 MiB", "1.5MiB",
                   "-1MiB", "17179869184GiB", "1MiBs"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(value, durations_must_have_a_unit) {
  EXPECT_EQ(parse_duration("0ms"), 0ms);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("1s"), 1s);
  EXPECT_EQ(parse_duration("5min"), 5min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  for (auto bad : {"", "1", "0", "ms", "1m", "1 s", "1.5s", "-1s", "1d", "1S",
                   "1us", "9223372036854775807s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(value, booleans_are_two_words) {
  EXPECT_EQ(parse_boolean("true"), true);
  EXPECT_EQ(parse_boolean("false"), false);
  for (auto bad : {"", "True", "yes", "1", "on"})
    EXPECT_FALSE(parse_boolean(bad)) << bad;
}

TEST(value, what_is_shown_is_read_back) {
  for (auto x : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1023},
                 std::uint64_t{1} << 10, std::uint64_t{3} << 19,
                 std::uint64_t{1} << 40, largest})
    EXPECT_EQ(parse_size(show_size(x)), x);
  for (auto x : {0ms, 1ms, 999ms, 1000ms, 90'000ms, 3'600'000ms})
    EXPECT_EQ(parse_duration(show_duration(x)), x);
  EXPECT_EQ(show_size(9u << 20), "9MiB");
  EXPECT_EQ(show_size(1536u << 10), "1536KiB");
  EXPECT_EQ(show_duration(5min), "5min");
  EXPECT_EQ(show_duration(90s), "90s");
}

TEST(value, texts_are_quoted_as_a_file_has_them) {
  EXPECT_EQ(show_text(""), "\"\"");
  EXPECT_EQ(show_text("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
}

} // namespace
