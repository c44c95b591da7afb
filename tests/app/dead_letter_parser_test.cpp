#include "app/dead_letter_parser.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

namespace bqs::app {

namespace {

constexpr std::string_view whole
  = R"({"time":"2026-01-31T12:00:00.123456Z","table":"home:shop.events",)"
    R"("suffix":"_eu","reason":"invalid","message":"no such field",)"
    R"("location":"a.b","http_status":200,"uncertain":true,"attempts":3,)"
    R"("insert_id":"id-1","row":{"a":{"b":"}"}}})";

std::string fault_of(std::string_view line) {
  dead_letter_parser parser;
  auto read = parser.read(line);
  auto why = std::get_if<std::string>(&read);
  return why ? *why : "none";
}

/// Reads a line that is good.
dead_letter read(std::string_view line) {
  dead_letter_parser parser;
  auto read = parser.read(line);
  EXPECT_TRUE(std::holds_alternative<dead_letter>(read))
    << line << ": " << std::get<std::string>(read);
  return std::holds_alternative<dead_letter>(read)
           ? std::get<dead_letter>(std::move(read))
           : dead_letter{};
}

/// A line with all that must be there, and these members in front of it.
std::string line_with(const std::string& members) {
  return "{" + members + R"(,"time":"2026-01-31","table":"d.t","row":{}})";
}

} // namespace

TEST(dead_letter_parser, reads_all_members) {
  auto x = read(whole);
  EXPECT_EQ(http::to_rfc3339(x.time), "2026-01-31T12:00:00.123456Z");
  EXPECT_EQ(x.table, (table_ref{"home", "shop", "events", "_eu"}));
  EXPECT_EQ(x.why,
            (failure_reason{"invalid", "no such field", "a.b", 200, true}));
  EXPECT_EQ(x.attempts, 3u);
  EXPECT_EQ(x.insert_id, "id-1");
  EXPECT_EQ(x.row, R"({"a":{"b":"}"}})");
}

TEST(dead_letter_parser, reads_members_in_any_order_and_ignores_others) {
  auto x
    = read(R"( { "row" : {"a":1} , "note": [1, {"row":2}], "table": "d.t",)"
           R"( "time":"2026-01-31" } )");
  EXPECT_EQ(x.row, "{\"a\":1}");
  EXPECT_EQ(x.table, *parse_table("d.t"));
  EXPECT_EQ(x.insert_id, "");
}

TEST(dead_letter_parser, knows_a_name_that_is_written_with_escapes) {
  auto x = read(R"({"t\u0069me":"2026-01-31","t\u0061ble":"d.\u0074",)"
                R"("\u0072ow":{"\u0061":1}})");
  EXPECT_EQ(x.table, *parse_table("d.t"));
  EXPECT_EQ(x.row, R"({"\u0061":1})");
}

TEST(dead_letter_parser, decodes_what_is_encoded) {
  auto x = read(R"({"time":"2026-01-31","table":"d.t",)"
                R"("insert_id_base64":"/w==","row_base64":"/3t9"})");
  EXPECT_EQ(x.insert_id, "\xff");
  EXPECT_EQ(x.row, "\xff{}");
}

TEST(dead_letter_parser, takes_a_row_that_is_no_object_as_a_text) {
  EXPECT_EQ(read(R"({"time":"2026-01-31","table":"d.t","row":"not {\n"})").row,
            "not {\n");
  EXPECT_EQ(read(R"({"time":"2026-01-31","table":"d.t","row":""})").row, "");
}

TEST(dead_letter_parser, takes_the_last_of_two_times_and_tables) {
  auto x = read(line_with(R"("time":"2020-01-01","table":"d.first")"));
  EXPECT_EQ(x.table, *parse_table("d.t"));
  EXPECT_EQ(x.time, *http::parse_rfc3339("2026-01-31"));
  // The first one must be good, too.
  EXPECT_EQ(fault_of(line_with(R"("time":"now")")),
            "time is not what a dead letter has there");
  EXPECT_EQ(fault_of(line_with(R"("table":"first")")),
            "table is not what a dead letter has there");
}

TEST(dead_letter_parser, says_what_is_wrong_and_shows_no_row) {
  std::pair<std::string_view, std::string_view> cases[] = {
    {"", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"{\"time\":\"2026-01-31T00:0", "not a JSON object"},
    {R"({"time":"2026-01-31","table":"d.t","row":{"a":"secr)",
     "not a JSON object"},
    {R"({"table":"d.t","row":{}})", "there is no time"},
    {R"({"time":"2026-01-31","row":{}})", "there is no table"},
    {R"({"time":"2026-01-31","table":"d.t"})", "there is no row"},
    {R"({"time":"2026-01-31","table":"d.t","row":{}} x)", "not a JSON object"},
    {R"({"time":"2026-01-31","table":"d.t","suffix":"a b","row":{}})",
     "a template suffix is letters, digits and '_'"},
  };
  for (auto& [line, want] : cases)
    EXPECT_EQ(fault_of(line), want) << line;
}

TEST(dead_letter_parser, names_a_member_that_is_no_good) {
  std::pair<std::string, std::string> cases[] = {
    {"time", R"("now")"},
    {"time", "1769860800"},
    {"table", R"("t")"},
    {"table", "1"},
    {"suffix", "1"},
    {"reason", "7"},
    {"reason", "null"},
    {"message", R"(["no"])"},
    {"location", "{}"},
    {"http_status", "70000"},
    {"http_status", R"("200")"},
    {"uncertain", R"("true")"},
    {"uncertain", "1"},
    {"attempts", "-1"},
    {"attempts", "1.5"},
    {"attempts", "4294967296"},
    {"attempts", "1e400"},
    {"insert_id", "17"},
    {"insert_id_base64", R"("?")"},
    {"insert_id_base64", "17"},
    {"row", R"(["secret"])"},
    {"row", "null"},
    {"row", "4711"},
    {"row", "true"},
    {"row_base64", R"("?")"},
    {"row_base64", "{}"},
  };
  for (auto& [name, text] : cases) {
    auto member = "\"" + name + "\":" + text;
    EXPECT_EQ(fault_of("{" + member + "}"),
              name + " is not what a dead letter has there")
      << member;
    // Nor where all the rest is as it should be.
    EXPECT_EQ(fault_of(line_with(member)),
              name + " is not what a dead letter has there")
      << member;
  }
  EXPECT_EQ(read(line_with(R"("attempts":4294967295)")).attempts, 4294967295u);
}

TEST(dead_letter_parser, takes_one_row_only) {
  constexpr auto fault = " is not what a dead letter has there";
  EXPECT_EQ(fault_of(line_with(R"("row":{})")), std::string{"row"} + fault);
  EXPECT_EQ(fault_of(line_with(R"("row_base64":"")")),
            std::string{"row"} + fault);
  EXPECT_EQ(fault_of(R"({"row":{},"row_base64":""})"),
            std::string{"row_base64"} + fault);
}

TEST(dead_letter_parser, a_line_that_is_cut_anywhere_is_no_dead_letter) {
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_NE(fault_of(whole.substr(0, n)), "none") << n;
  EXPECT_EQ(fault_of(whole), "none");
}

TEST(dead_letter_parser, goes_on_behind_any_line) {
  dead_letter_parser parser;
  auto first = read(whole);
  auto other = line_with(R"("note":")" + std::string(100'000, 'x') + "\"");
  std::string lines[]
    = {"", "{", other, other.substr(0, 50'000), R"({"row":["secret"]})"};
  for (auto& line : lines) {
    parser.read(line);
    auto again = parser.read(whole);
    ASSERT_TRUE(std::holds_alternative<dead_letter>(again)) << line.size();
    EXPECT_EQ(std::get<dead_letter>(again), first) << line.size();
  }
}

} // namespace bqs::app
