#include "app/recent_keys.hpp"

#include <gtest/gtest.h>

namespace bqs::app {

TEST(recent_keys, knows_what_it_was_told) {
  recent_keys uut{10};
  EXPECT_TRUE(uut.add("a"));
  EXPECT_TRUE(uut.add("b"));
  EXPECT_FALSE(uut.add("a"));
  EXPECT_FALSE(uut.add("b"));
  EXPECT_TRUE(uut.add(""));
}

TEST(recent_keys, forgets_the_oldest) {
  recent_keys uut{1000};
  for (auto i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(uut.add(std::to_string(i)));
    EXPECT_FALSE(uut.add(std::to_string(i)));
  }
  EXPECT_FALSE(uut.add("9000"));
  EXPECT_TRUE(uut.add("8999"));
}

} // namespace bqs::app
