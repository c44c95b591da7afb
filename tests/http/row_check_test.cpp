#include "http/row_check.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "tests/http/json_cases.hpp"
#include "tests/http/row_mutator.hpp"

namespace bqs::http {

namespace {

bool is_good(std::string_view text) {
  return check_row(text).fault == row_fault::none;
}

/// What simdjson says: `SUCCESS` for one object.
simdjson::error_code ask_simdjson(simdjson::dom::parser& parser,
                                  const std::string& text) {
  simdjson::dom::object root;
  return parser.parse(text).get(root);
}

/// Whether nlohmann's parser is known to be wrong about a case.
bool nlohmann_errs(const test::json_case& x) {
  // It refuses what is no double, ends at a NUL, skips a BOM.
  static const std::set<std::string> names{
    "1e400",         "-1e400",     "1.7976931348623159e308",
    "1e99999999999", "400 digits", "NUL after",
    "BOM first"};
  return names.count(x.name) > 0;
}

} // namespace

TEST(row_check, finds_the_fault_of_each_case) {
  for (const auto& x : test::json_cases())
    EXPECT_EQ(check_row(x.text).fault, x.want) << x.name;
}

TEST(row_check, agrees_with_simdjson_but_for_the_range_of_numbers) {
  simdjson::dom::parser parser;
  for (const auto& x : test::json_cases()) {
    auto error = ask_simdjson(parser, x.text);
    if (error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR)
      continue;
    EXPECT_EQ(error == simdjson::SUCCESS, is_good(x.text)) << x.name;
  }
}

TEST(row_check, agrees_with_nlohmann_on_the_cases) {
  for (const auto& x : test::json_cases()) {
    if (nlohmann_errs(x) || x.want == row_fault::too_deep)
      continue;
    auto accepted = nlohmann::json::accept(x.text);
    EXPECT_EQ(accepted,
              x.want == row_fault::none || x.want == row_fault::not_an_object)
      << x.name;
  }
}

TEST(row_check, agrees_with_simdjson_on_mutated_rows) {
  test::row_mutator rows;
  simdjson::dom::parser parser;
  auto good = 0;
  auto numbers = 0;
  for (auto i = 0; i < 200'000; ++i) {
    auto text = rows.next();
    auto error = ask_simdjson(parser, text);
    auto accepted = is_good(text);
    good += accepted ? 1 : 0;
    if (accepted && error == simdjson::NUMBER_ERROR)
      ++numbers;
    else
      ASSERT_EQ(error == simdjson::SUCCESS, accepted) << text;
  }
  // The mutator is worth something only while it makes both kinds.
  EXPECT_GT(good, 20'000);
  EXPECT_LT(good, 180'000);
  EXPECT_GT(numbers, 1'000);
}

// Strings are looked at many bytes at a time.
TEST(row_check, agrees_with_simdjson_on_each_byte_at_each_place) {
  simdjson::dom::parser parser;
  for (std::size_t size = 0; size <= 40; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (auto byte = 0; byte < 256; ++byte) {
        auto inside = std::string(size, 'x');
        inside[at] = static_cast<char>(byte);
        auto text = R"({"a":")" + inside + R"("})";
        ASSERT_EQ(ask_simdjson(parser, text) == simdjson::SUCCESS,
                  is_good(text))
          << byte << " at " << at << " of " << size;
      }
}

TEST(row_check, agrees_with_simdjson_on_characters_and_escapes_anywhere) {
  simdjson::dom::parser parser;
  const std::vector<std::string> pieces{"\xC3\xA9",
                                        "\xE4\xB8\xAD",
                                        "\xF0\x9F\x98\x80",
                                        "\xED\xA0\x80",
                                        "\xC0\x80",
                                        "\xE4\xB8",
                                        "\\n",
                                        "\\\"",
                                        "\\u00e9",
                                        "\\ud83d\\ude00",
                                        "\\ud83d",
                                        "\\ude00",
                                        "\\ud83d\\u0041",
                                        "\\u00g0",
                                        "\\u12",
                                        "\\x",
                                        "\\"};
  for (auto& piece : pieces)
    for (std::size_t before = 0; before <= 20; ++before)
      for (std::size_t behind = 0; behind <= 20; ++behind) {
        auto text = R"({"a":")" + std::string(before, '-') + piece
                    + std::string(behind, '-') + R"("})";
        ASSERT_EQ(ask_simdjson(parser, text) == simdjson::SUCCESS,
                  is_good(text))
          << text;
      }
}

TEST(row_check, agrees_with_simdjson_at_any_depth) {
  simdjson::dom::parser parser;
  for (auto depth = 1; depth <= 70; ++depth)
    for (auto kind : {0, 1, 2}) {
      std::string text = R"({"a":)";
      std::string end = "}";
      for (auto i = 0; i < depth; ++i) {
        auto object = kind == 2 ? i % 2 == 0 : kind == 1;
        text += object ? R"({"a":)" : "[";
        end.insert(0, object ? "}" : "]");
      }
      EXPECT_TRUE(is_good(text + "1" + end)) << depth;
      for (auto wrong : {text + "1" + end.substr(1), text + "1" + end + "}",
                         text + "1]" + end, text + "1}" + end, text + end})
        EXPECT_EQ(ask_simdjson(parser, wrong) == simdjson::SUCCESS,
                  is_good(wrong))
          << wrong;
    }
}

TEST(row_check, points_at_the_byte) {
  struct {
    std::string_view text;
    row_verdict_at want;
  } cases[] = {
    {"", {row_fault::malformed, 0}},
    {"  ", {row_fault::malformed, 2}},
    {"{}{}", {row_fault::malformed, 2}},
    {"  [1]", {row_fault::not_an_object, 2}},
    {R"({"a":01})", {row_fault::malformed, 6}},
    {R"({"a":1.})", {row_fault::malformed, 7}},
    {R"({"a":-})", {row_fault::malformed, 6}},
    {R"({"a":1e+})", {row_fault::malformed, 8}},
    {R"({"a":1,})", {row_fault::malformed, 7}},
    {R"({"a":truE})", {row_fault::malformed, 8}},
    {R"({"a":truee})", {row_fault::malformed, 9}},
    {R"({"a" 1})", {row_fault::malformed, 5}},
    {R"({"a":[1})", {row_fault::malformed, 7}},
    {R"({"a":"x)", {row_fault::malformed, 7}},
    {R"({"a":"12345678\q"})", {row_fault::malformed, 15}},
    {R"({"a":"\u12G4"})", {row_fault::malformed, 10}},
    {R"({"a":"x\ud800y"})", {row_fault::malformed, 7}},
    {R"({"a":"\ud83d\ude0"})", {row_fault::malformed, 17}},
    {"{\"a\":\"x\ny\"}", {row_fault::malformed, 7}},
    {"{\"a\":\"\xC3\xA9\xC3\"}", {row_fault::invalid_utf8, 8}},
    {"{\"a\":\"12345678\xFF\"}", {row_fault::invalid_utf8, 14}},
    {"{\xFF}", {row_fault::invalid_utf8, 1}},
    // The first fault counts, whatever comes behind it.
    {"{\"a\":1,}\xFF", {row_fault::malformed, 7}},
    {"{\"a\":\"\xFF\",}", {row_fault::invalid_utf8, 6}},
  };
  for (const auto& x : cases) {
    auto verdict = check_row(x.text);
    EXPECT_EQ(verdict.fault, x.want.fault) << x.text;
    EXPECT_EQ(verdict.position, x.want.position) << x.text;
  }
  auto deep = test::nested_arrays(2000);
  EXPECT_EQ(check_row(deep),
            (row_verdict_at{row_fault::too_deep, 5 + max_row_depth - 1}));
}

TEST(row_check, has_no_fault_before_the_position) {
  // The text up to the fault is the beginning of a row.
  test::row_mutator rows;
  for (auto i = 0; i < 20'000; ++i) {
    auto text = rows.next();
    auto verdict = check_row(text);
    ASSERT_LE(verdict.position, text.size());
    if (verdict.fault == row_fault::none
        || verdict.fault == row_fault::not_an_object)
      continue;
    auto before = std::string_view{text}.substr(0, verdict.position);
    auto wanted = check_row(before);
    if (wanted.fault == row_fault::none
        || wanted.fault == row_fault::not_an_object)
      continue; // a whole value, and something behind it
    EXPECT_EQ(wanted.fault, row_fault::malformed) << text;
    EXPECT_EQ(wanted.position, before.size()) << text;
  }
}

TEST(row_check, misses_the_end_in_each_beginning_of_a_row) {
  std::string row = R"({"a":[{"b":"\u00e9\ud83d\ude00 0123456789"},-1.5e+3],)"
                    R"("c":{"d":null,"e":[true,false]},"f":""})";
  ASSERT_TRUE(is_good(row));
  for (std::size_t n = 0; n < row.size(); ++n) {
    auto verdict = check_row(std::string_view{row}.substr(0, n));
    EXPECT_EQ(verdict.fault, row_fault::malformed) << n;
    // The first half of a pair of escapes may be blamed as a whole.
    EXPECT_LE(verdict.position, n);
    EXPECT_GE(verdict.position + 12, n);
  }
}

TEST(row_check, reads_nothing_behind_the_text) {
  // Each text ends where its allocation does: for AddressSanitizer.
  for (const auto& x : test::json_cases()) {
    std::vector<char> exact(x.text.begin(), x.text.end());
    EXPECT_EQ(check_row({exact.data(), exact.size()}).fault, x.want) << x.name;
  }
}

TEST(row_check, describes_each_fault) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(row_fault::insert_id_invalid); ++i)
    words.insert(describe(static_cast<row_fault>(i)));
  EXPECT_EQ(words.size(), 8u);
  EXPECT_EQ(words.count("unknown fault"), 0u);
  EXPECT_STREQ(describe(row_fault::not_an_object), "not a JSON object");
  EXPECT_STREQ(describe(static_cast<row_fault>(200)), "unknown fault");
}

} // namespace bqs::http
