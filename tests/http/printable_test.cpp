#include "http/printable.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bqs::http {

namespace {

/// The replacement character, between two texts.
std::string shown(const std::string& before, const std::string& behind) {
  return before + "\xEF\xBF\xBD" + behind;
}

// CSI in one character, separators of lines, marks of direction.
const std::string unfit[] = {
  "\033",         "\x7F",         "\x01",         "\xC2\x80",
  "\xC2\x9B",     "\xC2\x9F",     "\xE2\x80\xA8", "\xE2\x80\xA9",
  "\xD8\x9C",     "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
  "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9", std::string(1, '\0'),
};

} // namespace

TEST(printable, texts_stay_as_they_are) {
  for (std::string text :
       {"", "plain ~", "\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80",
        "\xC2\xA0\xD8\x9B\xE2\x80\x8D\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xAA"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable_json(text), text);
  }
}

TEST(printable, nothing_steers_a_terminal) {
  for (auto& x : unfit)
    EXPECT_EQ(printable("a" + x + "[2J"), shown("a", "[2J"));
  EXPECT_EQ(printable("a\r\nb\tc"), "a  b c");
  EXPECT_EQ(printable("\xFF"
                      "a\xE4"),
            shown("", shown("a", "")));
}

TEST(printable, is_cut_between_characters) {
  EXPECT_EQ(printable("abc", 2), "ab");
  EXPECT_EQ(printable("ab\xC3\xA4", 3), "ab");
  EXPECT_EQ(printable("ab\xC3\xA4", 4), "ab\xC3\xA4");
  EXPECT_EQ(printable("ab\033", 4), "ab");
  EXPECT_EQ(printable("ab\033", 5), shown("ab", ""));
}

TEST(printable, json_keeps_its_value) {
  for (auto& x : unfit) {
    nlohmann::json value{{"a" + x, "\"" + x + "\\" + x}};
    auto text = printable_json(value.dump());
    EXPECT_EQ(nlohmann::json::parse(text), value);
    EXPECT_EQ(text, printable(text));
  }
  EXPECT_EQ(printable_json("{\"a\":\n\t\"\xC2\x9B\"}"), R"({"a":  "\u009b"})");
}

} // namespace bqs::http
