#include "http/body.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/http/json_cases.hpp"
#include "tests/http/row_mutator.hpp"

namespace bqs::http {

namespace {

constexpr auto ok = append_result::ok;
constexpr auto bad = append_result::bad;
constexpr auto full = append_result::full;

/// Returns the body, once its size is what it was said to be.
std::string finish(body_builder& uut) {
  auto result = std::string{uut.finish()};
  EXPECT_EQ(result.size(), uut.size());
  return result;
}

std::string row_of_size(std::size_t bytes) {
  std::string around = R"({"a":""})";
  return around.insert(6, bytes - around.size(), 'x');
}

} // namespace

TEST(body, can_be_without_rows) {
  body_builder uut;
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.size(), 11u);
  EXPECT_EQ(finish(uut), R"({"rows":[]})");
  EXPECT_EQ(uut.fault(), row_verdict_at{});
}

TEST(body, is_laid_out_as_the_service_wants_it) {
  body_builder uut;
  EXPECT_EQ(uut.append(R"({"a":1})", "id-1"), ok);
  EXPECT_EQ(uut.append(" {\"a\":\t2}\n", ""), ok);
  EXPECT_EQ(uut.append(R"({"a":3})", "block-", 18446744073709551615u), ok);
  EXPECT_EQ(uut.append(R"({"a":4})", "", 7), ok);
  EXPECT_EQ(uut.rows(), 4u);
  EXPECT_EQ(finish(uut),
            "{\"rows\":[{\"insertId\":\"id-1\",\"json\":{\"a\":1}},"
            "{\"json\": {\"a\":\t2}\n},"
            "{\"insertId\":\"block-18446744073709551615\",\"json\":{\"a\":3}},"
            "{\"json\":{\"a\":4}}]}");
}

TEST(body, carries_the_options) {
  body_builder uut;
  struct {
    body_options options;
    std::string want;
  } cases[] = {
    {{}, R"({"rows":[]})"},
    {{true, false, "", ""}, R"({"skipInvalidRows":true,"rows":[]})"},
    {{false, true, "", ""}, R"({"ignoreUnknownValues":true,"rows":[]})"},
    {{false, false, "_eu", ""}, R"({"templateSuffix":"_eu","rows":[]})"},
    {{false, false, "", "t\"\\\n"}, R"({"traceId":"t\"\\\u000A","rows":[]})"},
    {{true, true, "_eu", "t"},
     R"({"skipInvalidRows":true,"ignoreUnknownValues":true,)"
     R"("templateSuffix":"_eu","traceId":"t","rows":[]})"},
    {{false, false, "\xFF", ""},
     "{\"templateSuffix\":\"\xEF\xBF\xBD\",\"rows\":[]}"},
  };
  for (const auto& x : cases) {
    uut.start(x.options);
    auto body = finish(uut);
    EXPECT_EQ(nlohmann::json::parse(body), nlohmann::json::parse(x.want));
  }
}

TEST(body, begins_anew) {
  body_builder uut;
  EXPECT_EQ(uut.append(R"({"a":1})", "x"), ok);
  finish(uut);
  uut.start({});
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.append(R"({"b":1})", ""), ok);
  EXPECT_EQ(finish(uut), R"({"rows":[{"json":{"b":1}}]})");
}

TEST(body, goes_on_after_its_end) {
  body_builder uut;
  EXPECT_EQ(uut.append("{}", ""), ok);
  EXPECT_EQ(finish(uut), R"({"rows":[{"json":{}}]})");
  EXPECT_EQ(finish(uut), R"({"rows":[{"json":{}}]})");
  EXPECT_EQ(uut.append("{}", ""), ok);
  EXPECT_EQ(finish(uut), R"({"rows":[{"json":{}},{"json":{}}]})");
}

TEST(body, can_be_moved) {
  body_builder first;
  EXPECT_EQ(first.append("{}", ""), ok);
  auto second = std::move(first);
  EXPECT_EQ(finish(second), R"({"rows":[{"json":{}}]})");
  first = std::move(second);
  EXPECT_EQ(first.rows(), 1u);
}

TEST(body, takes_the_good_of_each_case_and_leaves_out_the_bad) {
  body_builder uut;
  for (const auto& x : test::json_cases()) {
    auto good = x.want == row_fault::none;
    uut.start({});
    ASSERT_EQ(uut.append(R"({"first":1})", "p", 1), ok);
    EXPECT_EQ(uut.append(x.text, "p", 2), good ? ok : bad) << x.name;
    EXPECT_EQ(uut.append(R"({"last":1})", "p", 3), ok) << x.name;
    EXPECT_EQ(uut.rows(), good ? 3u : 2u) << x.name;
    auto kept = good ? R"({"insertId":"p2","json":)" + x.text + "}," : "";
    EXPECT_TRUE(finish(uut)
                == R"({"rows":[{"insertId":"p1","json":{"first":1}},)" + kept
                     + R"({"insertId":"p3","json":{"last":1}}]})")
      << x.name;
    if (!good) {
      EXPECT_EQ(uut.fault(), check_row(x.text)) << x.name;
    }
  }
}

TEST(body, is_judged_as_check_row_says) {
  // What the last body left behind in the buffer must not change a verdict.
  body_builder uut;
  test::row_mutator rows;
  for (auto i = 0; i < 100'000; ++i) {
    if (i % 50 == 0)
      uut.start({});
    auto text = rows.next();
    auto verdict = check_row(text);
    auto want = verdict.fault == row_fault::none ? ok : bad;
    ASSERT_EQ(uut.append(text, "p", 1), want) << text;
    if (want == bad) {
      ASSERT_EQ(uut.fault(), verdict) << text;
    }
  }
}

TEST(body, refuses_the_beginning_of_a_row_whose_rest_is_in_the_buffer) {
  std::string row = R"({"a":[{"b":"\u00e9 0123456789"},-1.5e+3],"c":{}})";
  body_builder uut;
  for (std::size_t n = 0; n < row.size(); ++n) {
    uut.start({});
    ASSERT_EQ(uut.append(row, ""), ok);
    uut.start({});
    ASSERT_EQ(uut.append(std::string_view{row}.substr(0, n), ""), bad) << n;
    ASSERT_EQ(uut.rows(), 0u);
  }
}

TEST(body, escapes_insert_ids) {
  struct {
    std::string id;
    std::string want;
  } cases[] = {
    {"plain", "plain"},
    {"\"\\/", R"(\"\\/)"},
    {"\n\x1F\x7F", "\\u000a\\u001f\x7F"},
    {{"\0", 1}, R"(\u0000)"},
    {"caf\xC3\xA9", "caf\xC3\xA9"},
    {R"("},{"json":{)", R"(\"},{\"json\":{)"},
  };
  body_builder uut;
  for (const auto& x : cases) {
    uut.start({});
    ASSERT_EQ(uut.append("{}", x.id), ok) << x.want;
    auto body = finish(uut);
    EXPECT_EQ(body, R"({"rows":[{"insertId":")" + x.want + R"(","json":{}}]})");
    auto id = nlohmann::json::parse(body)["rows"][0]["insertId"];
    EXPECT_EQ(id.get<std::string>(), x.id);
  }
}

TEST(body, counts_the_characters_of_an_insert_id) {
  struct {
    std::string id;
    row_verdict_at want;
  } cases[] = {
    {test::times(128, "x"), {}},
    {test::times(128, "\""), {}},
    {test::times(128, "\xF0\x9F\x98\x80"), {}},
    {test::times(129, "x"), {row_fault::insert_id_too_long, 128}},
    {test::times(129, "\xF0\x9F\x98\x80"),
     {row_fault::insert_id_too_long, 512}},
    {test::times(1'000'000, "x"), {row_fault::insert_id_too_long, 128}},
    {"ab\xFFz", {row_fault::insert_id_invalid, 2}},
    {"ab\xED\xA0\x80", {row_fault::insert_id_invalid, 2}},
    {test::times(128, "x") + "\xFF", {row_fault::insert_id_invalid, 128}},
  };
  body_builder uut;
  for (const auto& x : cases) {
    uut.start({});
    auto good = x.want.fault == row_fault::none;
    EXPECT_EQ(uut.append("{}", x.id), good ? ok : bad);
    EXPECT_EQ(uut.rows(), good ? 1u : 0u);
    if (!good) {
      EXPECT_EQ(uut.fault(), x.want);
    }
    EXPECT_EQ(check_row(finish(uut)).fault, row_fault::none);
  }
}

TEST(body, remembers_the_last_fault) {
  body_builder uut;
  EXPECT_EQ(uut.append("[]", ""), bad);
  EXPECT_EQ(uut.append("{}", "id"), ok);
  EXPECT_EQ(uut.append(R"({"a":1e400})", "id"), ok);
  EXPECT_EQ(uut.fault(), (row_verdict_at{row_fault::not_an_object, 0}));
}

TEST(body, is_full_at_its_limit_to_the_byte) {
  // Two rows as they will be, and the same with one byte less.
  std::string row = R"({"a":1})";
  body_builder uut;
  uut.append(row, "p", 1);
  uut.append(row, "p", 2);
  auto limit = uut.size();
  uut.start({}, limit);
  EXPECT_EQ(uut.append(row, "p", 1), ok);
  EXPECT_EQ(uut.append(row, "p", 2), ok);
  EXPECT_EQ(uut.size(), limit);
  EXPECT_EQ(uut.append("{}", ""), full);
  uut.start({}, limit - 1);
  EXPECT_EQ(uut.append(row, "p", 1), ok);
  EXPECT_EQ(uut.append(row, "p", 2), full);
  EXPECT_EQ(uut.append(row, "p", 10), full);
  EXPECT_EQ(uut.rows(), 1u);
  EXPECT_EQ(finish(uut), R"({"rows":[{"insertId":"p1","json":{"a":1}}]})");
}

TEST(body, refuses_a_row_that_is_too_large_for_any_body) {
  // {"rows":[{"insertId":"p1","json":...}]}
  constexpr auto around = 11 + 23 + 2;
  body_builder uut;
  uut.start({}, 1000);
  ASSERT_EQ(uut.append("{}", "p", 1), ok);
  EXPECT_EQ(uut.append(row_of_size(1000 - around + 1), "p", 1), bad);
  EXPECT_EQ(uut.fault(), (row_verdict_at{row_fault::too_large, 1000 - around}));
  EXPECT_EQ(uut.append(row_of_size(1000 - around), "p", 1), full);
  uut.start({}, 1000);
  EXPECT_EQ(uut.append(row_of_size(1000 - around), "p", 1), ok);
  EXPECT_EQ(uut.size(), 1000u);
  // Not looked at otherwise.
  EXPECT_EQ(uut.append(std::string(2000, '?'), "p", 1), bad);
  EXPECT_EQ(uut.fault().fault, row_fault::too_large);
  uut.start({}, 0);
  EXPECT_EQ(uut.append("{}", ""), bad);
  EXPECT_EQ(uut.fault(), (row_verdict_at{row_fault::too_large, 0}));
}

TEST(body, takes_the_largest_row_of_the_service) {
  body_builder uut;
  auto largest = max_body_bytes - 11 - 9;
  EXPECT_EQ(uut.append(row_of_size(largest + 1), ""), bad);
  EXPECT_EQ(uut.append(row_of_size(largest), ""), ok);
  EXPECT_EQ(uut.finish().size(), max_body_bytes);
}

TEST(body, holds_no_more_rows_than_the_service_takes) {
  body_builder uut;
  for (std::size_t i = 0; i < max_body_rows; ++i)
    ASSERT_EQ(uut.append("{}", "p", i), ok);
  EXPECT_EQ(uut.append("{}", "p", 0), full);
  EXPECT_EQ(uut.rows(), max_body_rows);
  EXPECT_EQ(nlohmann::json::parse(finish(uut))["rows"].size(), max_body_rows);
}

TEST(body, is_framed_by_no_more_than_is_said) {
  body_builder uut;
  uut.start({true, true, std::string(1024, 'x'), std::string(36, '"')});
  EXPECT_LE(uut.size(), body_framing);
  uut.append("{}", "first");
  auto before = uut.size();
  uut.append("{}", "0123456789");
  EXPECT_EQ(uut.size() - before, row_framing + 2 + 10);
}

TEST(body, survives_bodies_of_changing_size) {
  body_builder uut;
  for (auto bytes : {100u, 9'000'000u, 70'000u, 64u, 64u, 64u, 64u, 64u, 64u,
                     64u, 64u, 64u, 64u, 65'536u, 65'537u, 5'000'000u}) {
    uut.start({});
    auto row = row_of_size(bytes);
    ASSERT_EQ(uut.append(row, ""), ok);
    ASSERT_EQ(uut.append(R"({"a":1})", ""), ok);
    EXPECT_EQ(finish(uut),
              R"({"rows":[{"json":)" + row + R"(},{"json":{"a":1}}]})");
  }
}

} // namespace bqs::http
