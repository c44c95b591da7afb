#include "actors/dead_letter.hpp"

#include <random>

#include <gtest/gtest.h>

#include "app/dead_letter_parser.hpp"
#include "http/row_check.hpp"
#include "http/utf8.hpp"

using namespace std::chrono_literals;

namespace bqs::app {

namespace {

dead_letter sample(std::string row, std::string insert_id = "id-1") {
  return {http::micro_time{1'769'860'800'123'456us},
          {"home", "shop", "events$20260131", ""},
          {"invalid", "no such field: \"x\"\n", "a.b", 200, true},
          3,
          std::move(insert_id),
          std::move(row)};
}

std::string line_of(const dead_letter& x) {
  std::string result;
  append_dead_letter(result,
                     dead_letter_head(x.time, x.table, x.why, x.attempts),
                     x.insert_id, x.row);
  return result;
}

/// Writes and reads again; the line is one line of valid JSON.
void expect_round_trip(const dead_letter& x) {
  auto line = line_of(x);
  ASSERT_TRUE(line.ends_with("}\n"));
  line.pop_back();
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
  EXPECT_EQ(http::check_row(line).fault, http::row_fault::none) << line;
  dead_letter_parser parser;
  auto read = parser.read(line);
  ASSERT_TRUE(std::holds_alternative<dead_letter>(read))
    << std::get<std::string>(read) << "\n"
    << line;
  EXPECT_EQ(std::get<dead_letter>(read), x) << line;
}

std::string fault_of(std::string_view line) {
  dead_letter_parser parser;
  auto read = parser.read(line);
  auto why = std::get_if<std::string>(&read);
  return why ? *why : "none";
}

} // namespace

TEST(dead_letter, is_one_object_with_the_row_as_it_came) {
  EXPECT_EQ(
    line_of(sample(R"({"a": 1.50, "b":"ä"})")),
    R"({"time":"2026-01-31T12:00:00.123456Z","table":"home:shop.events$20260131",)"
    R"("reason":"invalid","message":"no such field: \"x\"\n","location":"a.b",)"
    R"("http_status":200,"uncertain":true,"attempts":3,"insert_id":"id-1",)"
    R"("row":{"a": 1.50, "b":"ä"}})"
    "\n");
}

TEST(dead_letter, names_a_template_suffix_apart) {
  auto x = sample("{}");
  x.table.suffix = "_eu";
  EXPECT_NE(line_of(x).find(R"("suffix":"_eu")"), std::string::npos);
  expect_round_trip(x);
}

TEST(dead_letter, keeps_any_row_byte_for_byte) {
  using namespace std::string_literals;
  for (auto& row : {"{}"s,
                    R"({"n":1e400,"n":-0.0,"x":"\u00e4"})"s,
                    " {}"s,
                    "{} "s,
                    "{\"a\":\n1}"s,
                    "{\"a\":1}\r"s,
                    "{\"a\":"s,
                    ""s,
                    "[]"s,
                    "null"s,
                    "\"text\""s,
                    "{\"a\":1}{\"b\":2}"s,
                    "\0"s,
                    "\x1f\x7f"s,
                    "\xff{}"s,
                    "{\"a\":\"\xed\xa0\x80\"}"s,
                    "\xef\xbb\xbf{}"s,
                    "}"s,
                    "{\"a\":\"}\"}"s,
                    "{\"\\ud800\":1}"s,
                    "\xe2\x80\xa8"s,
                    "a\\\"b"s})
    expect_round_trip(sample(row));
  expect_round_trip(sample(std::string(5'000'000, 'x')));
  expect_round_trip(sample("{\"a\":\"" + std::string(5'000'000, 'x') + "\"}"));
}

TEST(dead_letter, keeps_a_row_that_is_nested_deeply) {
  for (auto depth : {1000u, 1023u, 1024u, 1025u, 5000u}) {
    std::string row;
    for (auto i = 1u; i < depth; ++i)
      row += "{\"a\":";
    row += "{}" + std::string(depth - 1, '}');
    auto x = sample(row);
    auto line = line_of(x);
    dead_letter_parser parser;
    auto read = parser.read(line.substr(0, line.size() - 1));
    ASSERT_TRUE(std::holds_alternative<dead_letter>(read))
      << depth << ": " << std::get<std::string>(read);
    EXPECT_EQ(std::get<dead_letter>(read), x);
  }
}

TEST(dead_letter, keeps_any_insert_id) {
  using namespace std::string_literals;
  for (auto& id : {""s, "AAAA-17"s, "ä\"\\"s, "\xff"s, "\n"s, "\0"s})
    expect_round_trip(sample("{}", id));
}

TEST(dead_letter, keeps_random_rows) {
  std::minstd_rand dice{1};
  // Mostly what means something to JSON, or to a reader of lines.
  const std::string alphabet = "{}{}\"\":,[]\\u0aé \n\r\t1-e.\xff\xc3";
  for (auto i = 0; i < 20'000; ++i) {
    std::string row(dice() % 24, '\0');
    for (auto& c : row)
      c = dice() % 8 == 0 ? static_cast<char>(dice() & 0xff)
                          : alphabet[dice() % alphabet.size()];
    expect_round_trip(sample(i % 2 == 0 ? row : "{\"a\":\"" + row + "\"}"));
  }
}

TEST(dead_letter, survives_words_that_are_not_utf8) {
  auto x = sample("{}");
  x.why.message = "bad \xff";
  auto line = line_of(x);
  EXPECT_TRUE(http::is_utf8(line));
  EXPECT_EQ(fault_of(line.substr(0, line.size() - 1)), "none");
}

} // namespace bqs::app
