#include "sandbox/table_pattern.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(table_pattern, matches) {
  for (auto x : {"", "d.t", "*.*", "d.*", "*.t", "d*.t*", "*d.**t", "d.*t"})
    EXPECT_TRUE(matches_table(x, "d.t")) << x;
  EXPECT_TRUE(matches_table("ds.a*b*c", "ds.aXbbYcc"));
}

TEST(table_pattern, does_not_match) {
  for (auto x : {"d.u", "d.", "d.t2", "e.*", "*.tt", "d.t*t"})
    EXPECT_FALSE(matches_table(x, "d.t")) << x;
}

TEST(table_pattern, ends_in_time) {
  std::string pattern = "d.";
  for (auto i = 0; i < 50; ++i)
    pattern += "a*";
  EXPECT_FALSE(matches_table(pattern + "b", "d." + std::string(1'000, 'a')));
}

TEST(table_pattern, has_two_parts) {
  for (auto x : {"d.t", "*.*", "d.*"})
    EXPECT_TRUE(is_table_pattern(x)) << x;
  for (auto x : {"", "*", "t", ".t", "d.", "p.d.t"})
    EXPECT_FALSE(is_table_pattern(x)) << x;
}

} // namespace
