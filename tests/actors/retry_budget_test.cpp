#include "actors/retry_budget.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

http::outcome make(http::verdict what, http::cause why = http::cause::none) {
  http::outcome result;
  result.verdict = what;
  result.cause = why;
  return result;
}

const auto stored = make(http::verdict::stored);
const auto away = make(http::verdict::retry, http::cause::unavailable);

void note(retry_budget& uut, const http::outcome& x, int times) {
  while (times-- > 0)
    uut.note(x);
}

} // namespace

TEST(retry_budget, half_of_the_tokens_may_be_spent) {
  retry_budget uut{100};
  EXPECT_TRUE(uut.allows_retries());
  note(uut, away, 49);
  EXPECT_TRUE(uut.allows_retries());
  note(uut, away, 1);
  EXPECT_FALSE(uut.allows_retries());
}

TEST(retry_budget, ten_stored_requests_earn_a_token) {
  retry_budget uut{100};
  note(uut, away, 51);
  note(uut, stored, 10);
  EXPECT_FALSE(uut.allows_retries()); // 50 of 100
  note(uut, stored, 1);
  EXPECT_TRUE(uut.allows_retries());
}

TEST(retry_budget, a_request_that_stored_some_of_its_rows_earns_too) {
  retry_budget uut{100};
  note(uut, away, 50);
  note(uut, make(http::verdict::partial), 1);
  EXPECT_TRUE(uut.allows_retries());
}

TEST(retry_budget, neither_debts_nor_savings_grow_without_bound) {
  retry_budget uut{10};
  note(uut, away, 1000);
  note(uut, stored, 51);
  EXPECT_TRUE(uut.allows_retries());
  note(uut, stored, 1000);
  note(uut, away, 5);
  EXPECT_FALSE(uut.allows_retries());
}

TEST(retry_budget, what_concerns_one_table_costs_nothing) {
  using http::cause;
  retry_budget uut{10};
  for (auto why :
       {cause::throttled, cause::missing, cause::bad_token, cause::forbidden})
    note(uut, make(http::verdict::retry, why), 100);
  note(uut, make(http::verdict::fail, cause::rejected), 100);
  EXPECT_TRUE(uut.allows_retries());
}

TEST(retry_budget, no_tokens_mean_no_limit) {
  retry_budget uut{0};
  note(uut, away, 1000);
  EXPECT_TRUE(uut.allows_retries());
}

} // namespace bqs
