#include "sandbox/live_tokens.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

const live_tokens::time_point start{1'000'000s};

TEST(live_tokens, knows_a_token_again_without_its_text) {
  live_tokens uut{10};
  uut.add("secret", "ann", "refresh_token", start + 1h, start);
  auto x = uut.find("secret");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->account, "ann");
  EXPECT_EQ(x->hash.size(), 64u);
  EXPECT_FALSE(x->revoked);
  EXPECT_EQ(uut.find("other"), nullptr);
  EXPECT_EQ(uut.find(""), nullptr);
}

TEST(live_tokens, revokes_who_is_meant) {
  live_tokens uut{10};
  uut.add("a", "ann", "x", start + 1h, start);
  uut.add("b", "bob", "x", start + 1h, start);
  auto is_ann = [](auto& x) { return x.account == "ann"; };
  EXPECT_EQ(uut.revoke(is_ann), 1u);
  EXPECT_EQ(uut.revoke(is_ann), 0u);
  EXPECT_TRUE(uut.find("a")->revoked);
  EXPECT_FALSE(uut.find("b")->revoked);
}

TEST(live_tokens, adding_again_does_not_undo_a_revocation) {
  live_tokens uut{10};
  uut.add("a", "ann", "x", start + 1h, start);
  uut.revoke([](auto&) { return true; });
  uut.add("a", "ann", "x", start + 2h, start);
  EXPECT_TRUE(uut.find("a")->revoked);
  EXPECT_EQ(uut.list(start).size(), 1u);
}

TEST(live_tokens, lists_what_did_not_expire) {
  live_tokens uut{10};
  uut.add("a", "first", "x", start + 1min, start);
  uut.add("b", "second", "x", start + 1h, start);
  EXPECT_EQ(uut.list(start).size(), 2u);
  auto later = uut.list(start + 1min);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].account, "second");
}

TEST(live_tokens, forgets_the_oldest_when_there_are_too_many) {
  live_tokens uut{100};
  for (auto i = 0; i < 1'000; ++i)
    uut.add("t" + std::to_string(i), "ann", "x", start + 1h, start);
  EXPECT_EQ(uut.list(start).size(), 100u);
  EXPECT_EQ(uut.find("t899"), nullptr);
  EXPECT_NE(uut.find("t900"), nullptr);
}

} // namespace
