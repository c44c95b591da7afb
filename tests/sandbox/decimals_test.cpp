#include "sandbox/decimals.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

struct text_case {
  std::string in;
  const char* out; // null: refused
};

template <class F>
void check(F f, std::initializer_list<text_case> cases) {
  for (auto& x : cases) {
    auto got = f(x.in);
    EXPECT_EQ(got.has_value(), x.out != nullptr) << x.in;
    if (got && x.out) {
      EXPECT_EQ(*got, x.out) << x.in;
    }
  }
}

TEST(decimals, numeric_keeps_all_digits) {
  check(canonical_numeric, {{"1.250000000", "1.25"},
                            {"-1.25", "-1.25"},
                            {"+7", "7"},
                            {"007.50", "7.5"},
                            {"0", "0"},
                            {"-0.0", "0"},
                            {".5", "0.5"},
                            {"1e3", "1000"},
                            {"12.5E-2", "0.125"},
                            {"0.000000001", "0.000000001"},
                            {"99999999999999999999999999999.999999999",
                             "99999999999999999999999999999.999999999"},
                            {"100000000000000000000000000000", nullptr},
                            {"0.0000000001", nullptr},
                            {"1e40", nullptr},
                            {"1e2000000000", nullptr},
                            {"0e99", "0"},
                            {"1e99999999999", nullptr},
                            {"1e+-2", nullptr},
                            {"+-1", nullptr},
                            {"", nullptr},
                            {".", nullptr},
                            {"1 ", nullptr},
                            {"abc", nullptr}});
}

TEST(decimals, bignumeric_has_its_own_bounds) {
  auto largest = "578960446186580977117854925043439539266"
                 ".34992332820282019728792003956564819967";
  check(canonical_bignumeric,
        {{largest, largest},
         {"578960446186580977117854925043439539267", nullptr},
         {"1e-38", "0.00000000000000000000000000000000000001"},
         {"1e-39", nullptr}});
}

TEST(decimals, floats) {
  check(canonical_float, {{"1.5", "1.5"},
                          {"1e22", "1e+22"},
                          {"-0", "-0"},
                          {"nan", "\"NaN\""},
                          {"NaN", "\"NaN\""},
                          {"inf", "\"Infinity\""},
                          {"-INF", "\"-Infinity\""},
                          {"+Infinity", "\"Infinity\""},
                          {"1e-400", "0"},
                          {"1e400", nullptr},
                          {"+-1", nullptr},
                          {"SPY", nullptr},
                          {"", nullptr},
                          {"1.5x", nullptr}});
}

TEST(decimals, integers) {
  auto strict = [](std::string_view x) { return canonical_integer(x, false); };
  check(strict, {{"5", "5"},
                 {"+5", "5"},
                 {"-9223372036854775808", "-9223372036854775808"},
                 {"9223372036854775807", "9223372036854775807"},
                 {"9223372036854775808", nullptr},
                 {"9797115724809186304", nullptr},
                 {"1.0", nullptr},
                 {"+-5", nullptr},
                 {" 5", nullptr},
                 {"medium", nullptr},
                 {"", nullptr}});
  auto integral = [](std::string_view x) { return canonical_integer(x, true); };
  check(integral, {{"1.0", "1"},
                   {"1e3", "1000"},
                   {"1.5", nullptr},
                   {"1e19", nullptr},
                   {"7", "7"}});
}

TEST(decimals, scientific_text_is_as_the_service_prints_it) {
  EXPECT_EQ(render_scientific(1672628645.678901), "1.672628645678901E9");
  EXPECT_EQ(render_scientific(0), "0.0E0");
  EXPECT_EQ(render_scientific(-0.5), "-5.0E-1");
  EXPECT_EQ(render_scientific(1e10), "1.0E10");
  EXPECT_EQ(render_scientific(2.5e-300), "2.5E-300");
}

} // namespace
