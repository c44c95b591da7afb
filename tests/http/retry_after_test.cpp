#include "http/retry_after.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace bqs::http {

using namespace std::chrono_literals;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::time_t then = 784111777;
constexpr std::chrono::milliseconds year = 365 * 24h;
constexpr std::optional<std::chrono::milliseconds> nothing;

} // namespace

TEST(retry_after, reads_seconds) {
  struct {
    std::string value;
    std::optional<std::chrono::milliseconds> want;
  } cases[] = {
    {"0", 0ms},
    {"1", 1s},
    {"120", 120s},
    {" 7\t", 7s},
    {"007", 7s},
    {"31536000", year},
    {"31536001", year},
    {"18446744073709551616", year},
    {std::string(10'000, '9'), year},
    {"", nothing},
    {" ", nothing},
    {"-1", nothing},
    {"+1", nothing},
    {"1.5", nothing},
    {"1 2", nothing},
    {"soon", nothing},
    {"0x10", nothing},
    {"1s", nothing},
    {std::string{"1\0", 2}, nothing},
  };
  for (const auto& x : cases)
    EXPECT_EQ(parse_retry_after(x.value, then), x.want) << x.value;
}

TEST(retry_after, reads_a_date) {
  struct {
    std::string value;
    std::time_t now;
    std::optional<std::chrono::milliseconds> want;
  } cases[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", then - 90, 90s},
    {" Sun, 06 Nov 1994 08:49:37 GMT ", then - 1, 1s},
    {"Sun, 06 Nov 1994 08:49:37 GMT", then, nothing},
    {"Sun, 06 Nov 1994 08:49:37 GMT", then + 1, nothing},
    {"Thu, 29 Feb 2024 23:59:60 GMT", 1709251200 - 5, 5s},
    {"Fri, 31 Dec 9999 23:59:59 GMT", then, year},
    {"Wed, 29 Feb 2023 00:00:00 GMT", then, nothing},
    {"Sun, 00 Nov 2094 08:49:37 GMT", then, nothing},
    {"Sun, 06 Foo 2094 08:49:37 GMT", then, nothing},
    {"Sun, 06 Nov 2094 24:49:37 GMT", then, nothing},
    {"Sun, 06 Nov 2094 08:60:37 GMT", then, nothing},
    {"Sun, 06 Nov 2094 08:49:61 GMT", then, nothing},
    {"Sun, 06 Nov 2094 08:49:37 CET", then, nothing},
    {"Sun, -6 Nov 2094 08:49:37 GMT", then, nothing},
    {"Sunday, 06-Nov-94 08:49:37 GMT", then - 90, nothing},
    {"Sun Nov  6 08:49:37 1994", then - 90, nothing},
    {"Sun, 06 Nov 1994 08:49:37 GMT", std::numeric_limits<std::time_t>::min(),
     nothing},
    {"Sun, 06 Nov 1994 08:49:37 GMT", std::numeric_limits<std::time_t>::max(),
     nothing},
  };
  for (const auto& x : cases)
    EXPECT_EQ(parse_retry_after(x.value, x.now), x.want) << x.value;
}

} // namespace bqs::http
