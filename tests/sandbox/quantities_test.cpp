#include "sandbox/quantities.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

TEST(quantities, times_have_a_unit) {
  EXPECT_EQ(read_time("100us"), 100us);
  EXPECT_EQ(read_time("1.5ms"), 1'500us);
  EXPECT_EQ(read_time("2s"), 2s);
  EXPECT_EQ(read_time("5min"), 5min);
  EXPECT_EQ(read_time("1h"), 1h);
  EXPECT_EQ(read_time("0s"), 0s);
  for (auto text : {"", "5", "s", "-1s", "1 s", "1d", "nans", "infs", "1e9h"})
    EXPECT_EQ(read_time(text), std::nullopt) << text;
}

TEST(quantities, ranges_of_times) {
  EXPECT_EQ(read_time_range("2s"), (time_range{2s, 2s}));
  EXPECT_EQ(read_time_range("10ms..1s"), (time_range{10ms, 1s}));
  for (auto text : {"", "..", "1s..", "..1s", "2s..1s", "1..2s", "1s...2s"})
    EXPECT_EQ(read_time_range(text), std::nullopt) << text;
  time_range x{10ms, 20ms};
  EXPECT_EQ(x.at(0), 10ms);
  EXPECT_EQ(x.at(0.5), 15ms);
}

TEST(quantities, bytes_and_rates) {
  EXPECT_EQ(read_bytes("500B"), 500);
  EXPECT_EQ(read_bytes("64KB"), 64'000);
  EXPECT_EQ(read_bytes("64KiB"), 65'536);
  EXPECT_EQ(read_bytes("1.5MB"), 1'500'000);
  EXPECT_EQ(read_byte_rate("10MB/s"), 10e6);
  EXPECT_EQ(read_rate("0.5/s"), 0.5);
  for (auto text : {"", "0B", "5", "B", "-1B", "1TB"})
    EXPECT_EQ(read_bytes(text), std::nullopt) << text;
  for (auto text : {"", "10MB", "/s", "0B/s", "10/s"})
    EXPECT_EQ(read_byte_rate(text), std::nullopt) << text;
  for (auto text : {"", "10", "/s", "0/s", "x/s"})
    EXPECT_EQ(read_rate(text), std::nullopt) << text;
}

} // namespace
