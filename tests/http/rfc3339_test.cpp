#include "http/rfc3339.hpp"

#include <gtest/gtest.h>

namespace bqs::http {

namespace {

using namespace std::chrono;

std::string read(std::string_view text) {
  auto time = parse_rfc3339(text);
  return time ? to_rfc3339(*time) : "none";
}

} // namespace

TEST(rfc3339, shows_microseconds) {
  EXPECT_EQ(to_rfc3339(micro_time{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(micro_time{1'769'860'800'123'456us}),
            "2026-01-31T12:00:00.123456Z");
  EXPECT_EQ(to_rfc3339(micro_time{-1us}), "1969-12-31T23:59:59.999999Z");
}

TEST(rfc3339, reads_times_and_dates) {
  std::pair<std::string_view, std::string_view> cases[] = {
    {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"},
    {"2026-01-31t12:00:00z", "2026-01-31T12:00:00.000000Z"},
    {"2026-01-31 12:00:00Z", "2026-01-31T12:00:00.000000Z"},
    {"2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500000Z"},
    {"2026-01-31T12:00:00.1234569Z", "2026-01-31T12:00:00.123456Z"},
    {"2026-01-31T12:00:00+01:30", "2026-01-31T10:30:00.000000Z"},
    {"2026-01-31T23:30:00-01:00", "2026-02-01T00:30:00.000000Z"},
    {"2024-02-29", "2024-02-29T00:00:00.000000Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
  };
  for (auto& [text, want] : cases)
    EXPECT_EQ(read(text), want) << text;
}

TEST(rfc3339, refuses_everything_else) {
  for (auto text : {"",
                    "2026",
                    "2026-1-31",
                    "2026-02-29",
                    "2026-13-01",
                    "2026-00-10",
                    "2026-01-31T",
                    "2026-01-31T12",
                    "2026-01-31T12:00",
                    "26-01-31",
                    "2026-01-31T12:00:00",
                    "2026-01-31T12:00:00.Z",
                    "2026-01-31T24:00:00Z",
                    "2026-01-31T12:60:00Z",
                    "2026-01-31T12:00:00+1",
                    "2026-01-31Tab:00:00Z",
                    "2026-01-31T12:00:00Zz",
                    "2026-01-31 ",
                    "yesterday",
                    "9999-12-31T23:59:60Z",
                    "9999-12-31T23:00:00-01:00",
                    "0000-01-01T00:00:00+00:01"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST(rfc3339, comes_back_the_same) {
  for (auto i = -1000; i < 1000; ++i) {
    micro_time time{microseconds{i * 86'399'123'457LL}};
    EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
  }
}

} // namespace bqs::http
