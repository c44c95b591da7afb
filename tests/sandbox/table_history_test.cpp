#include "sandbox/table_history.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

const table_history::time_point start{1'000h};

table_ptr version(const char* table) {
  auto result = std::make_shared<table_entry>();
  result->dataset = "d";
  result->table = table;
  return result;
}

TEST(table_history, knows_when_tables_were_made_and_again) {
  table_history uut;
  EXPECT_FALSE(uut.find("d.t"));
  uut.created("d", "t", start);
  ASSERT_TRUE(uut.find("d.t"));
  EXPECT_EQ(uut.find("d.t")->when, start);
  EXPECT_FALSE(uut.find("d.t")->again);
  uut.deleted("d", "t");
  EXPECT_FALSE(uut.find("d.t"));
  uut.created("d", "t", start + 1s);
  EXPECT_TRUE(uut.find("d.t")->again);
}

TEST(table_history, a_table_from_the_start_can_be_made_again) {
  table_history uut;
  uut.deleted("d", "t");
  uut.created("d", "t", start);
  EXPECT_TRUE(uut.find("d.t")->again);
}

TEST(table_history, has_the_versions_of_the_past) {
  table_history uut;
  auto one = version("t");
  auto two = version("t");
  uut.changed(one, start + 10s);
  uut.changed(two, start + 20s);
  EXPECT_EQ(uut.at("d.t", start), one);
  EXPECT_EQ(uut.at("d.t", start + 10s), two);
  EXPECT_EQ(uut.at("d.t", start + 20s), nullptr);
  EXPECT_EQ(uut.at("d.u", start), nullptr);
  uut.deleted("d", "t");
  EXPECT_EQ(uut.at("d.t", start), nullptr);
}

TEST(table_history, memory_is_bounded) {
  table_history uut;
  auto first = version("t");
  uut.changed(first, start + 1s);
  for (auto i = 2; i < 20; ++i)
    uut.changed(version("t"), start + std::chrono::seconds{i});
  EXPECT_NE(uut.at("d.t", start), first);
  for (auto i = 0; i < 100'001; ++i)
    uut.created("d", std::to_string(i), start);
}

} // namespace
