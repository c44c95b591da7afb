#include "sandbox/insert_request.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

TEST(insert_request, reads_all_members) {
  auto t = test::read(R"({"rows":[{"insertId":"a","json":{"x":1}},
    {"json":{},"insertId":null},{"insertId":""},{}],
    "kind":"k","skipInvalidRows":true,"ignoreUnknownValues":"true",
    "templateSuffix":"_s","traceId":"123456789012345678901234567890123456"})");
  auto x = read_insert_request(t);
  EXPECT_TRUE(x.skip_invalid_rows);
  EXPECT_TRUE(x.ignore_unknown_values);
  EXPECT_EQ(x.template_suffix, "_s");
  ASSERT_EQ(x.rows.size(), 4u);
  EXPECT_EQ(x.rows[0].insert_id, "a");
  EXPECT_TRUE(x.rows[0].json);
  EXPECT_EQ(x.rows[1].insert_id.data(), nullptr);
  EXPECT_FALSE(x.rows[2].json);
  EXPECT_FALSE(x.rows[3].json);
}

TEST(insert_request, takes_nulls_for_nothing) {
  auto t = test::read(R"({"rows":null,"skipInvalidRows":null,
                          "templateSuffix":null})");
  auto x = read_insert_request(t);
  EXPECT_TRUE(x.rows.empty());
  EXPECT_FALSE(x.skip_invalid_rows);
}

TEST(insert_request, refuses_other_shapes) {
  for (auto body :
       {"[]", "5", R"({"rows":{}})", R"({"rows":[5]})",
        R"({"rows":[{"json":5}]})", R"({"rows":[{"json":[]}]})",
        R"({"rows":[{"insertId":{}}]})", R"({"rows":[{"id":"a"}]})",
        R"({"row":[]})", R"({"skipInvalidRows":1})", R"({"traceId":5})",
        R"({"traceId":"1234567890123456789012345678901234567"})",
        R"({"traceId":"\u00e9"})"}) {
    auto t = test::read(body);
    auto why = test::refused([&] { read_insert_request(t); });
    EXPECT_EQ(why.status, 400) << body;
    EXPECT_EQ(why.reason, "invalid") << body;
  }
}

TEST(insert_request, counts_characters_not_bytes) {
  EXPECT_EQ(count_characters("abc"), 3u);
  EXPECT_EQ(count_characters("é€😀"), 3u);
}

} // namespace
