#include "http/backoff.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace bqs::http {

using namespace std::chrono_literals;

TEST(backoff, doubles_up_to_its_cap) {
  constexpr backoff uut{500ms, 32s};
  struct {
    std::uint32_t failures;
    backoff::duration want;
  } cases[] = {
    {0, 500ms}, {1, 500ms}, {2, 1s},  {3, 2s},  {4, 4s},
    {5, 8s},    {6, 16s},   {7, 32s}, {8, 32s}, {100, 32s},
  };
  for (const auto& x : cases)
    EXPECT_EQ(uut.ceiling(x.failures), x.want) << x.failures;
}

TEST(backoff, stops_at_a_cap_that_is_no_doubling_of_its_base) {
  constexpr backoff uut{300ms, 1s};
  EXPECT_EQ(uut.ceiling(2), 600ms);
  EXPECT_EQ(uut.ceiling(3), 1s);
}

TEST(backoff, never_waits_longer_than_its_cap) {
  constexpr backoff uut{5s, 2s};
  EXPECT_EQ(uut.ceiling(0), 2s);
  EXPECT_EQ(uut.ceiling(1), 2s);
}

TEST(backoff, survives_any_number_of_failures) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ((backoff{1ms, 24h}.ceiling(most)), 24h);
  EXPECT_EQ((backoff{500ms, 32s}.wait(most, 0.5)), 16s);
}

TEST(backoff, waits_between_nothing_and_the_ceiling) {
  constexpr backoff uut{500ms, 32s};
  auto nearly_one = std::nextafter(1.0, 0.0);
  for (std::uint32_t failures = 0; failures < 40; ++failures) {
    EXPECT_EQ(uut.wait(failures, 0.0), 0ms);
    EXPECT_EQ(uut.wait(failures, 0.5), uut.ceiling(failures) / 2);
    EXPECT_LE(uut.wait(failures, nearly_one), uut.ceiling(failures));
    EXPECT_GE(uut.wait(failures, nearly_one), uut.ceiling(failures) - 1ms);
  }
}

TEST(backoff, grows_with_each_failure) {
  constexpr backoff uut{1ms, 1h};
  for (std::uint32_t failures = 1; failures < 64; ++failures)
    EXPECT_LE(uut.ceiling(failures), uut.ceiling(failures + 1));
}

} // namespace bqs::http
