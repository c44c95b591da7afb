#include "actors/credential_probe.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;

http::outcome make(http::verdict what, http::cause why, int status) {
  http::outcome result;
  result.verdict = what;
  result.cause = why;
  result.status = status;
  result.reason = "reason";
  result.message = "words";
  return result;
}

const auto refused = make(http::verdict::retry, http::cause::bad_token, 401);
const auto stored = make(http::verdict::stored, http::cause::none, 200);
const auto away = make(http::verdict::retry, http::cause::unavailable, 503);

const time_point start{1h};

credential_probe make_probe() {
  return credential_probe{http::backoff{1s, 4s}};
}

} // namespace

TEST(credential_probe, nothing_is_held_back_while_all_is_well) {
  auto uut = make_probe();
  uut.note(stored, 1, 2, start);
  uut.note(away, 2, 3, start);
  EXPECT_TRUE(uut.may_start(true, start));
  EXPECT_FALSE(uut.refused());
  EXPECT_EQ(uut.closed_until(), time_point{});
}

TEST(credential_probe, a_first_refusal_is_probed_at_once_by_one_request) {
  auto uut = make_probe();
  uut.note(refused, 1, 5, start);
  EXPECT_FALSE(uut.may_start(true, start));
  EXPECT_TRUE(uut.may_start(false, start));
  EXPECT_FALSE(uut.refused()); // a fresh token may do
}

TEST(credential_probe, waits_double_up_to_the_cap) {
  auto uut = make_probe();
  uut.note(refused, 1, 2, start);
  auto now = start;
  std::uint64_t number = 2;
  for (auto wait : {1s, 2s, 4s, 4s}) {
    uut.note(refused, number, number + 1, now);
    ++number;
    EXPECT_TRUE(uut.refused());
    EXPECT_EQ(uut.reason(), "reason: words");
    EXPECT_EQ(uut.closed_until(), now + wait);
    EXPECT_FALSE(uut.may_start(false, now + wait - 1ms));
    now += wait;
    EXPECT_TRUE(uut.may_start(false, now));
    EXPECT_FALSE(uut.may_start(true, now));
  }
}

TEST(credential_probe, what_started_before_the_refusal_is_no_news) {
  auto uut = make_probe();
  uut.note(refused, 1, 9, start);
  for (std::uint64_t number = 2; number < 9; ++number)
    uut.note(refused, number, 9, start);
  EXPECT_FALSE(uut.refused());
  EXPECT_FALSE(uut.is_news(8));
  EXPECT_TRUE(uut.is_news(9));
  uut.note(stored, 8, 9, start);
  EXPECT_FALSE(uut.may_start(true, start));
}

TEST(credential_probe, what_started_before_it_closes_no_more) {
  auto uut = make_probe();
  uut.note(refused, 1, 9, start);
  uut.note(stored, 9, 10, start); // with a fresh token
  uut.note(refused, 8, 12, start);
  EXPECT_TRUE(uut.may_start(true, start));
}

TEST(credential_probe, whatever_needs_an_accepted_token_opens) {
  using http::cause;
  using http::verdict;
  struct sample {
    verdict what;
    cause why;
    int status;
    bool opens;
  };
  sample table[] = {
    {verdict::stored, cause::none, 200, true},
    {verdict::partial, cause::none, 200, true},
    {verdict::fail, cause::rejected, 400, true},
    {verdict::retry, cause::forbidden, 403, true},
    {verdict::retry, cause::throttled, 429, true},
    {verdict::retry, cause::missing, 404, true},
    {verdict::retry, cause::unavailable, 503, false},
    {verdict::retry, cause::unavailable, 0, false},
    {verdict::retry, cause::crashed, 0, false},
    {verdict::stored, cause::none, 0, false}, // nothing was sent
  };
  for (auto& x : table) {
    auto uut = make_probe();
    uut.note(refused, 1, 2, start);
    uut.note(refused, 2, 3, start);
    uut.note(make(x.what, x.why, x.status), 3, 4, start);
    EXPECT_EQ(uut.refused(), !x.opens) << x.status;
    EXPECT_EQ(uut.may_start(true, start), x.opens) << x.status;
  }
}

} // namespace bqs
