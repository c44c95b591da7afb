#include "sandbox/quota.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

const quota::time_point start{1'000h};
const table_name t{"p", "ds", "t"};
const table_name u{"p", "ds", "u"};

fault read(std::string_view spec) {
  return std::get<fault>(parse_fault(spec));
}

TEST(quota, of_a_project_is_shared_by_its_tables) {
  quota uut{read("quota-bytes=100B/s")};
  EXPECT_FALSE(uut.take(t, 100, 0, start));
  auto why = uut.take(u, 1, 0, start);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->status, 403);
  EXPECT_EQ(why->reason, "quotaExceeded");
  EXPECT_EQ(why->message, "Your entity with gaia_id: 0, project: p in region: "
                          "us exceeded quota for insert bytes per second.");
  EXPECT_FALSE(uut.take({"q", "ds", "t"}, 1, 0, start));
  EXPECT_FALSE(uut.take(u, 1, 0, start + 10ms));
}

TEST(quota, of_a_table_is_its_own) {
  quota uut{read("quota-bytes=100B/s,quota-rows=2/s,per=table")};
  EXPECT_FALSE(uut.take(t, 100, 1, start));
  EXPECT_EQ(uut.take(t, 1, 0, start)->message,
            "Your table: t exceeded quota for streaming insert bytes per "
            "second.");
  EXPECT_FALSE(uut.take(u, 1, 2, start));
  EXPECT_EQ(uut.take(u, 1, 1, start)->message,
            "Your table: u exceeded quota for streaming insert rows per "
            "second.");
}

TEST(quota, rows_without_an_insert_id_are_free) {
  quota uut{read("quota-rows=1/s")};
  EXPECT_FALSE(uut.take(t, 1, 5, start));
  EXPECT_FALSE(uut.take(t, 1, 0, start));
  EXPECT_EQ(uut.take(t, 1, 1, start)->message,
            "Your project: p in us exceeded quota for streaming insert rows "
            "per second.");
  EXPECT_TRUE(uut.take(t, 1, 1, start + 4s));
  EXPECT_FALSE(uut.take(t, 1, 1, start + 4'100ms));
}

TEST(quota, what_is_refused_costs_nothing) {
  quota uut{read("quota-bytes=100B/s,quota-rows=1/s")};
  EXPECT_FALSE(uut.take(t, 1, 1, start));
  for (auto i = 0; i < 100; ++i)
    EXPECT_TRUE(uut.take(t, 50, 1, start));
  EXPECT_FALSE(uut.take(t, 50, 0, start));
}

TEST(quota, may_have_other_words) {
  quota uut{read("quota-rows=1/s,reason=rateLimitExceeded,message=slowly")};
  uut.take(t, 1, 1, start);
  auto why = uut.take(t, 1, 1, start);
  EXPECT_EQ(why->reason, "rateLimitExceeded");
  EXPECT_EQ(why->message, "slowly");
}

TEST(quota, memory_is_bounded) {
  quota uut{read("quota-bytes=100B/s,per=table")};
  for (auto i = 0; i < 30'000; ++i)
    EXPECT_FALSE(uut.take({"p", "ds", std::to_string(i)}, 10, 0,
                          start + std::chrono::seconds{i}));
}

} // namespace
