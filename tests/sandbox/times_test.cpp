#include "sandbox/times.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using verdict = timestamp_reading::verdict;

struct text_case {
  const char* in;
  const char* out; // null: refused
};

template <class F, std::size_t N>
void check(F f, const text_case (&cases)[N]) {
  for (auto& x : cases) {
    auto got = f(x.in);
    EXPECT_EQ(got.has_value(), x.out != nullptr) << x.in;
    if (got && x.out) {
      EXPECT_EQ(*got, x.out) << x.in;
    }
  }
}

TEST(times, dates) {
  check(canonical_date, {{"2023-07-26", "2023-07-26"},
                         {"2024-02-29", "2024-02-29"},
                         {"2023-7-6", "2023-07-06"},
                         {"0001-01-01", "0001-01-01"},
                         {"9999-12-31", "9999-12-31"},
                         {"2023-07-26Z", nullptr},
                         {"2023-02-29", nullptr},
                         {"0000-01-01", nullptr},
                         {"2023-13-01", nullptr},
                         {"2023/07/26", nullptr},
                         {"", nullptr}});
}

TEST(times, times_of_day) {
  check(canonical_time, {{"03:04:05", "03:04:05"},
                         {"23:59:59.999999", "23:59:59.999999"},
                         {"03:04:05.6", "03:04:05.600000"},
                         {"24:00:00", nullptr},
                         {"03:60:00", nullptr},
                         {"03:04:05.", nullptr},
                         {"03:04:05.1234567", nullptr},
                         {"03:04", nullptr}});
}

TEST(times, datetimes) {
  check(canonical_datetime,
        {{"2020-01-02 03:04:05", "2020-01-02T03:04:05"},
         {"2020-01-02T03:04:05.678", "2020-01-02T03:04:05.678000"},
         {"2020-01-02", "2020-01-02T00:00:00"},
         {"2020-01-02T03:04:05Z", nullptr},
         {"2020-01-02X03:04:05", nullptr},
         {"2020-01-02T", nullptr}});
}

TEST(times, timestamps) {
  struct {
    const char* in;
    const char* out; // null: refused
  } cases[] = {
    {"2023-01-02T03:04:05.678901Z", "2023-01-02T03:04:05.678901Z"},
    {"2023-01-02 03:04:05 UTC", "2023-01-02T03:04:05Z"},
    {"2023-01-02 03:04", "2023-01-02T03:04:00Z"},
    {"2023-01-02", "2023-01-02T00:00:00Z"},
    {"2023/01/02 03:04:05", "2023-01-02T03:04:05Z"},
    {"2023-01-02T03:04:05+02:30", "2023-01-02T00:34:05Z"},
    {"2023-01-02T03:04:05-08", "2023-01-02T11:04:05Z"},
    {"2023-01-02T03:04:05.123456789Z", "2023-01-02T03:04:05.123456Z"},
    {"1700000000", "2023-11-14T22:13:20Z"},
    {"1700000000.5", "2023-11-14T22:13:20.500000Z"},
    {"-0.5", "1969-12-31T23:59:59.500000Z"},
    {"1.7e9", "2023-11-14T22:13:20Z"},
    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
    {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
    {"0001-01-01T00:00:00+01:00", nullptr},
    {"1700000000000", nullptr}, // milliseconds
    {"1e400", nullptr},
    {"nan", nullptr},
    {"tomorrow", nullptr},
    {"", nullptr},
    {"2023-01-02T03:04:05+99:00", nullptr},
  };
  for (auto& x : cases) {
    auto got = read_timestamp(x.in);
    EXPECT_EQ(got.what == verdict::ok, x.out != nullptr) << x.in;
    if (x.out) {
      EXPECT_EQ(render_timestamp(got.micros), x.out) << x.in;
    }
  }
}

TEST(times, named_zones_are_not_known) {
  auto got = read_timestamp("2020-01-02 03:04:05 America/Los_Angeles");
  EXPECT_EQ(got.what, verdict::bad_zone);
  EXPECT_EQ(got.zone, "America/Los_Angeles");
}

TEST(times, partition_days) {
  EXPECT_EQ(read_partition_day("19700102"), 1);
  for (auto text : {"1970010", "197001022", "19700230", "1970010a", ""})
    EXPECT_FALSE(read_partition_day(text)) << text;
}

TEST(times, of_http_headers) {
  std::chrono::sys_seconds x{std::chrono::seconds{784'111'777}};
  EXPECT_EQ(http_date(x), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(std::chrono::system_clock::time_point{}),
            "Thu, 01 Jan 1970 00:00:00 GMT");
}

} // namespace
