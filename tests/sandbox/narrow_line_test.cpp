#include "sandbox/narrow_line.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

constexpr narrow_line::time_point start{1'000h};

TEST(narrow_line, carries_so_many_bytes_a_second) {
  narrow_line uut{1e6};
  auto now = start;
  for (auto i = 0; i < 1'000; ++i)
    now += uut.carry(10'000, now);
  // What it could have carried just before it was needed is a gift.
  EXPECT_NEAR(std::chrono::duration<double>(now - start).count(), 10, 0.01);
}

TEST(narrow_line, is_shared) {
  narrow_line uut{1e6};
  EXPECT_EQ(uut.carry(105'000, start), 100ms);
  EXPECT_EQ(uut.carry(100'000, start), 200ms);
  EXPECT_EQ(uut.carry(100'000, start + 150ms), 150ms);
}

TEST(narrow_line, saves_nothing_while_idle) {
  narrow_line uut{1e6};
  uut.carry(1'000'000, start);
  EXPECT_EQ(uut.carry(105'000, start + 1h), 100ms);
}

TEST(narrow_line, makes_up_for_those_who_oversleep) {
  narrow_line uut{1e6};
  auto now = start;
  for (auto i = 0; i < 1'000; ++i)
    now += uut.carry(10'000, now) + 3ms;
  EXPECT_NEAR(std::chrono::duration<double>(now - start).count(), 10, 0.01);
}

TEST(narrow_line, waits_for_little_together) {
  narrow_line uut{1e6};
  EXPECT_EQ(uut.carry(5'900, start), 0us);
  EXPECT_EQ(uut.carry(100, start), 1ms);
}

} // namespace
