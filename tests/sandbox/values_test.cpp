#include "sandbox/values.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

struct value_case {
  column_type type;
  const char* in;
  const char* out;
};

TEST(values, are_stored_in_one_form) {
  using enum column_type;
  value_case cases[] = {
    {string, R"("x\"y")", R"("x\"y")"},
    {string, "5", R"("5")"},
    {bytes, R"("aGk=")", R"("aGk=")"},
    {integer, "5", "5"},
    {integer, R"("9007199254740993")", "9007199254740993"},
    {integer, "2.0", "2"},
    {floating, "1.5", "1.5"},
    {floating, "3", "3"},
    {floating, R"("nan")", R"("NaN")"},
    {floating, R"("2.5")", "2.5"},
    {numeric, R"("1.250000000")", R"("1.25")"},
    {numeric, "12345678901234567890123456789",
     R"("12345678901234567890123456789")"},
    {bignumeric, R"("1e30")", R"("1000000000000000000000000000000")"},
    {boolean, "true", "true"},
    {boolean, R"("False")", "false"},
    {boolean, R"("1")", "true"},
    {date, R"("2020-01-02")", R"("2020-01-02")"},
    {time, R"("03:04:05")", R"("03:04:05")"},
    {datetime, R"("2020-01-02 03:04:05")", R"("2020-01-02T03:04:05")"},
    {timestamp, "1700000000", R"("2023-11-14T22:13:20Z")"},
    {geography, R"~("POINT(1 2)")~", R"~("POINT(1 2)")~"},
    {column_type::json, R"("{\"a\":1}")", R"("{\"a\":1}")"},
    {column_type::json, "5", R"("5")"},
    {interval, R"("P0Y0M0DT0H0M0.5S")", R"("P0Y0M0DT0H0M0.5S")"},
    {interval, R"("0-0 1 0:0:1")", R"("0-0 1 0:0:1")"},
  };
  for (auto& x : cases) {
    auto t = test::read(x.in);
    std::string out;
    std::string message;
    EXPECT_TRUE(store_scalar(x.type, t.root(), out, message))
      << x.in << ": " << message;
    EXPECT_EQ(out, x.out);
  }
}

TEST(values, are_refused_in_the_words_of_the_service) {
  using enum column_type;
  value_case cases[] = {
    {string, "true", "Conversion from bool to std::string is unsupported."},
    {integer, R"("medium")",
     "Cannot convert value to integer (bad value): medium"},
    {integer, "9797115724809186304",
     "Cannot convert value to integer (bad value): 9797115724809186304"},
    {integer, "1.5", "Cannot convert value to integer (bad value): 1.5"},
    {floating, R"("SPY")",
     "Cannot convert value to floating point (bad value): SPY"},
    {floating, R"("")", "Cannot convert value to floating point (bad value): "},
    {boolean, R"("maybe")",
     "Cannot convert value to boolean (bad value): maybe"},
    {boolean, "1", "Cannot convert value to boolean (bad value): 1"},
    {date, R"("2023-07-26Z")", "Invalid date: '2023-07-26Z'"},
    {time, R"("25:00:00")", "Invalid time string \"25:00:00\""},
    {datetime, R"("x")", "Invalid datetime string \"x\""},
    {timestamp, R"("2020-01-01 00:00:00 America/Los_Angeles")",
     "Unrecognized timezone: America/Los_Angeles"},
    {timestamp, R"("x")",
     "Could not parse 'x' as a timestamp. Required format is YYYY-MM-DD "
     "HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]"},
    {numeric, "1e40", "Invalid NUMERIC value: 1e40"},
    {bytes, R"("a")", "Could not decode base64 string to bytes."},
    {column_type::json, R"("{a")", "Invalid JSON value: {a"},
    {column_type::json, "true",
     "Conversion from bool to std::string is unsupported."},
    {interval, R"("soon")", "Invalid INTERVAL value: soon"},
    {geography, "5", "Invalid geography value: 5"},
  };
  for (auto& x : cases) {
    auto t = test::read(x.in);
    std::string out = "before";
    std::string message;
    EXPECT_FALSE(store_scalar(x.type, t.root(), out, message)) << x.in;
    EXPECT_EQ(message, x.out);
    EXPECT_EQ(out, "before");
  }
}

TEST(values, base64_is_standard_and_padded) {
  for (auto good : {"", "aGk=", "aA==", "aGlq", "+/+/"})
    EXPECT_TRUE(is_base64(good)) << good;
  for (auto bad : {"a", "aGk", "aG=k", "====", "-_-_", "aGk=\n"})
    EXPECT_FALSE(is_base64(bad)) << bad;
}

} // namespace
