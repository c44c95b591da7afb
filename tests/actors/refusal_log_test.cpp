#include "actors/refusal_log.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;

constexpr auto start = log_limit::clock::time_point{} + 1000h;

refused_peer silent(const std::string& address) {
  return {address, "it does not say who it is", true};
}

TEST(refusal_log, tells_who_was_refused_and_why) {
  refusal_log uut;
  auto line
    = uut.note({"192.0.2.1", "it does not speak the protocol", false}, start);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->warns);
  EXPECT_EQ(line->text,
            "a peer at 192.0.2.1 was refused: it does not speak the protocol");
}

TEST(refusal_log, does_not_call_refused_who_stays) {
  refusal_log uut;
  auto line
    = uut.note({"192.0.2.1", "a message was passed over", false, true}, start);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "a peer at 192.0.2.1: a message was passed over");
}

TEST(refusal_log, does_without_an_address) {
  refusal_log uut;
  auto line = uut.note({"", "certificate has expired", false}, start);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text,
            "a peer that has left was refused: certificate has expired");
}

TEST(refusal_log, does_not_warn_of_who_says_nothing) {
  refusal_log uut;
  auto line = uut.note(silent("192.0.2.1"), start);
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->warns);
}

TEST(refusal_log, has_a_line_a_minute_for_a_cause_however_many_they_are) {
  refusal_log uut;
  EXPECT_TRUE(uut.note(silent("192.0.2.1"), start));
  for (auto i = 1; i <= 1000; ++i)
    EXPECT_FALSE(uut.note(silent("192.0.2.2"), start + i * 59ms));
  auto line = uut.note(silent("192.0.2.3"), start + 60s);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "a peer at 192.0.2.3 was refused: it does not say who "
                        "it is (and 1000 more since the last such line)");
  EXPECT_FALSE(uut.note(silent("192.0.2.3"), start + 61s));
}

TEST(refusal_log, keeps_causes_apart) {
  refusal_log uut;
  EXPECT_TRUE(uut.note(silent("192.0.2.1"), start));
  EXPECT_TRUE(uut.note({"192.0.2.1", "certificate has expired", false}, start));
}

} // namespace

} // namespace bqs
