#include "sandbox/form.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(form, decodes_names_and_values) {
  auto x = std::get<form>(parse_form(
    "grant_type=urn%3Aietf%3aparams&scope=a+b&empty=&none&&last=1="));
  EXPECT_EQ(value_of(x, "grant_type"), "urn:ietf:params");
  EXPECT_EQ(value_of(x, "scope"), "a b");
  EXPECT_EQ(value_of(x, "empty"), "");
  EXPECT_EQ(value_of(x, "none"), "");
  EXPECT_EQ(value_of(x, "last"), "1=");
  EXPECT_EQ(value_of(x, "absent"), "");
  EXPECT_EQ(x.size(), 5u);
}

TEST(form, an_empty_body_has_nothing) {
  EXPECT_TRUE(std::get<form>(parse_form("")).empty());
}

TEST(form, refuses_broken_escapes) {
  for (auto bad : {"a=%", "a=%4", "a=%4g", "a=%+1", "%=a", "a=%-1"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_form(bad))) << bad;
}

TEST(form, refuses_a_name_that_comes_twice) {
  for (auto bad : {"a=1&a=1", "a=1&%61=2"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_form(bad))) << bad;
}

} // namespace
