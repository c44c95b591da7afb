#include "sandbox/dedup.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

const dedup::time_point start{};

TEST(dedup, remembers_for_its_window) {
  dedup uut{60s, 100};
  EXPECT_TRUE(uut.add("t", "a", start));
  EXPECT_FALSE(uut.add("t", "a", start));
  EXPECT_FALSE(uut.add("t", "a", start + 59s));
  EXPECT_TRUE(uut.add("t", "a", start + 60s));
}

TEST(dedup, tells_tables_and_ids_apart) {
  dedup uut{60s, 100};
  EXPECT_TRUE(uut.add("t", "a", start));
  EXPECT_TRUE(uut.add("u", "a", start));
  EXPECT_TRUE(uut.add("t", "b", start));
  EXPECT_TRUE(uut.add("ta", "", start));
  std::string zeros(8, '\0');
  EXPECT_TRUE(uut.add("t", zeros, start));
  EXPECT_TRUE(uut.add("t", zeros + '\0', start));
}

TEST(dedup, does_not_mix_up_many_ids) {
  dedup uut{60s, 1'000'000};
  for (auto i = 0; i < 200'000; ++i)
    ASSERT_TRUE(uut.add("t", "stream-" + std::to_string(i), start)) << i;
}

TEST(dedup, forgets_the_oldest_when_there_are_too_many) {
  dedup uut{60s, 2};
  uut.add("t", "a", start);
  uut.add("t", "b", start);
  uut.add("t", "c", start);
  EXPECT_EQ(uut.size(), 2u);
  EXPECT_FALSE(uut.add("t", "b", start));
  EXPECT_TRUE(uut.add("t", "a", start));
}

TEST(dedup, takes_additions_back) {
  dedup uut{60s, 100};
  uut.add("t", "a", start);
  uut.add("t", "b", start);
  uut.add("t", "c", start);
  uut.undo(2);
  EXPECT_FALSE(uut.add("t", "a", start));
  EXPECT_TRUE(uut.add("t", "b", start));
  EXPECT_TRUE(uut.add("t", "c", start));
}

TEST(dedup, forgets_everything_in_time) {
  dedup uut{60s, 100};
  for (auto i = 0; i < 50; ++i)
    uut.add("t", std::to_string(i), start);
  uut.add("t", "late", start + 61s);
  EXPECT_EQ(uut.size(), 1u);
}

} // namespace
