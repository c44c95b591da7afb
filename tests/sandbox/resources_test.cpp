#include "sandbox/resources.hpp"

#include <gtest/gtest.h>

#include "sandbox/server.hpp"
#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::json;
using test::refused;

request with(std::string name, std::string value) {
  request x;
  x.query.emplace_back(std::move(name), std::move(value));
  return x;
}

TEST(resources, bodies_must_be_objects) {
  EXPECT_EQ(read_object("{\"a\":1}\n")["a"], 1);
  EXPECT_EQ(refused([] { read_object("{"); }).reason, "parseError");
  EXPECT_EQ(refused([] { read_object(""); }).status, 400);
  EXPECT_EQ(refused([] { read_object("[]"); }).reason, "invalid");
  auto deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(refused([&] { read_object(deep); }).status, 400);
}

TEST(resources, etags_follow_the_document) {
  EXPECT_EQ(etag(json{{"a", 1}}), etag(json{{"a", 1}}));
  EXPECT_NE(etag(json{{"a", 1}}), etag(json{{"a", 2}}));
  for (auto good : {"", "*", "tag", "\"tag\"", "W/\"tag\""})
    EXPECT_TRUE(etag_matches(good, "tag")) << good;
  EXPECT_FALSE(etag_matches("other", "tag"));
}

TEST(resources, ids) {
  EXPECT_TRUE(is_dataset_id("a_1"));
  EXPECT_FALSE(is_dataset_id("a-b"));
  EXPECT_FALSE(is_dataset_id(""));
  EXPECT_TRUE(is_table_id("a-b c"));
  EXPECT_FALSE(is_table_id("a$b"));
  EXPECT_FALSE(is_table_id(std::string(1'025, 'a')));
  EXPECT_EQ(id_in(json::parse(R"({"r":{"n":"x"}})"), "r", "n"), "x");
  EXPECT_EQ(id_in(json::parse(R"({"r":{"n":5}})"), "r", "n"), "");
  EXPECT_EQ(id_in(json::parse(R"({"r":5})"), "r", "n"), "");
}

TEST(resources, lists_are_cut_into_pages) {
  request x = with("maxResults", "2");
  auto first = cut_page(x, 5);
  EXPECT_EQ(first.to, 2u);
  x.query.emplace_back("pageToken", "4");
  auto last = cut_page(x, 5);
  EXPECT_EQ(last.from, 4u);
  EXPECT_EQ(last.to, 5u);
  EXPECT_EQ(last.next, "");
  EXPECT_EQ(cut_page(with("pageToken", ""), 3).to, 3u);
  EXPECT_EQ(cut_page(with("maxResults", "0"), 3).next, "");
  EXPECT_EQ(refused([] { cut_page(with("maxResults", "x"), 3); }).status, 400);
}

TEST(resources, flags_come_in_any_case) {
  EXPECT_TRUE(flag_parameter(with("f", "True"), "f"));
  EXPECT_FALSE(flag_parameter(with("f", "1"), "f"));
  EXPECT_FALSE(flag_parameter(with("g", "true"), "f"));
}

TEST(resources, know_the_names_of_projects) {
  for (auto good : {"p", "my-project", "example.com:my-project", "123", "a_b"})
    EXPECT_TRUE(is_project_id(good)) << good;
  for (auto bad : {"", "../x", "..", "a/b", "a b", "a\n"})
    EXPECT_FALSE(is_project_id(bad)) << bad;
}

} // namespace
