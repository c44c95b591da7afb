#include "actors/failure_history.hpp"

#include <numeric>

#include <gtest/gtest.h>

using namespace bqs;

namespace {

failure make_failure(std::uint32_t rows, std::string json = "{}",
                     const char* table = "shop.events") {
  failure result{
    *parse_table(table), {"invalid", "", "", 200, false}, 1, {}, {}};
  for (std::uint32_t i = 0; i < rows; ++i)
    result.rows.push_back({std::to_string(i), json});
  return result;
}

std::vector<std::string> ids(const std::vector<failure>& xs) {
  std::vector<std::string> result;
  for (auto& x : xs)
    for (auto& row : x.rows)
      result.push_back(x.table.table + "/" + row.insert_id);
  return result;
}

using texts = std::vector<std::string>;

TEST(failure_history, keeps_the_last_rows_in_order) {
  failure_history uut{4, 1u << 20, ""};
  uut.keep(make_failure(2));
  uut.keep(make_failure(3));
  EXPECT_EQ(uut.rows(), 4u);
  EXPECT_EQ(ids(uut.last(10, {})),
            (texts{"events/1", "events/0", "events/1", "events/2"}));
  EXPECT_EQ(ids(uut.last(2, {})), (texts{"events/1", "events/2"}));
  EXPECT_TRUE(uut.last(0, {}).empty());
}

TEST(failure_history, keeps_part_of_a_failure_that_is_too_long) {
  failure_history uut{3, 1u << 20, ""};
  uut.keep(make_failure(2));
  uut.keep(make_failure(10));
  EXPECT_EQ(uut.rows(), 3u);
  EXPECT_EQ(ids(uut.last(10, {})), (texts{"events/7", "events/8", "events/9"}));
}

TEST(failure_history, never_holds_more_than_its_bytes) {
  failure_history uut{1000, 5000, ""};
  for (auto i = 0; i < 100; ++i) {
    uut.keep(make_failure(1, std::string(1000, 'x')));
    EXPECT_LE(uut.bytes(), 5000u);
  }
  EXPECT_GE(uut.rows(), 3u);
  // Larger than all room: nothing is left, nothing is leaked.
  uut.keep(make_failure(1, std::string(6000, 'x')));
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.bytes(), 0u);
}

TEST(failure_history, finds_the_rows_of_one_table) {
  failure_history uut{100, 1u << 20, "home"};
  uut.keep(make_failure(1));
  uut.keep(make_failure(1, "{}", "shop.other"));
  uut.keep(make_failure(1, "{}", "home:shop.events$20260131"));
  EXPECT_EQ(ids(uut.last(10, *parse_table("shop.events"))),
            (texts{"events/0", "events$20260131/0"}));
  EXPECT_EQ(ids(uut.last(1, *parse_table("shop.events"))),
            (texts{"events$20260131/0"}));
  EXPECT_TRUE(uut.last(10, *parse_table("shop.nothing")).empty());
}

TEST(failure_history, counts_what_it_does_not_keep) {
  failure_history uut{0, 1u << 20, ""};
  EXPECT_FALSE(uut.keeps());
  uut.count(*parse_table("shop.events"), 5);
  uut.count(*parse_table("shop.other"), 2);
  uut.keep(make_failure(5));
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.total({}), 7u);
  EXPECT_EQ(uut.total(*parse_table("shop.other")), 2u);
}

} // namespace
