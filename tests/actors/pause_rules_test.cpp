#include "actors/pause_rules.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

table_ref named(const std::string& text) {
  return *parse_table(text);
}

} // namespace

TEST(pause_rules, cover_nothing_at_first) {
  EXPECT_FALSE(pause_rules{"p"}.covers(named("ds.t")));
}

TEST(pause_rules, follow_the_last_word_on_a_table) {
  pause_rules uut{"p"};
  EXPECT_TRUE(uut.pause(named("ds.t")));
  EXPECT_TRUE(uut.covers(named("ds.t")));
  EXPECT_TRUE(uut.covers(named("p.ds.t")));
  EXPECT_TRUE(uut.covers(named("ds.t$20260101")));
  EXPECT_FALSE(uut.covers(named("ds.u")));
  EXPECT_TRUE(uut.resume(named("p.ds.t")));
  EXPECT_FALSE(uut.covers(named("ds.t")));
  EXPECT_TRUE(uut.covers(named("q.ds.t")));
  EXPECT_TRUE(uut.pause(caf::none));
  EXPECT_TRUE(uut.covers(named("ds.t")));
  EXPECT_TRUE(uut.covers(named("ds.u")));
  EXPECT_TRUE(uut.resume(named("ds.u")));
  EXPECT_TRUE(uut.covers(named("ds.t")));
  EXPECT_FALSE(uut.covers(named("ds.u")));
  EXPECT_TRUE(uut.resume(caf::none));
  EXPECT_FALSE(uut.covers(named("ds.t")));
}

TEST(pause_rules, are_bounded) {
  pause_rules uut{"p"};
  for (std::size_t i = 0; i < pause_rules::most; ++i)
    EXPECT_TRUE(uut.pause(named("ds.t" + std::to_string(i))));
  EXPECT_FALSE(uut.pause(named("ds.one_more")));
  EXPECT_FALSE(uut.covers(named("ds.one_more")));
  // What needs no rule is still possible.
  EXPECT_TRUE(uut.resume(named("ds.another")));
  EXPECT_TRUE(uut.resume(named("ds.t0")));
  EXPECT_TRUE(uut.pause(named("ds.one_more")));
  EXPECT_TRUE(uut.pause(caf::none));
  EXPECT_TRUE(uut.covers(named("ds.t0")));
}

} // namespace bqs
