#include "app/ini.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

std::vector<ini_section> read(std::string_view text) {
  auto result = parse_ini(text);
  if (auto fault = std::get_if<ini_error>(&result)) {
    ADD_FAILURE() << fault->line << ": " << fault->text;
    return {};
  }
  return std::get<std::vector<ini_section>>(result);
}

TEST(ini, reads_groups_keys_and_comments) {
  auto sections = read("\xEF\xBB\xBF# first\n"
                       "; second\r\n"
                       "\n"
                       "  [ batch ]   # third\r\n"
                       "\trows = 1000 ; fourth\n"
                       "bytes=1MiB\n"
                       "[table.shop.my events]\n"
                       "batch.rows = 10");
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].name, "batch");
  EXPECT_EQ(sections[0].line, 4u);
  ASSERT_EQ(sections[0].entries.size(), 2u);
  EXPECT_EQ(sections[0].entries[0].key, "rows");
  EXPECT_EQ(sections[0].entries[0].value.text, "1000");
  EXPECT_EQ(sections[0].entries[0].line, 5u);
  EXPECT_EQ(sections[0].entries[1].value.text, "1MiB");
  EXPECT_EQ(sections[1].name, "table.shop.my events");
  ASSERT_EQ(sections[1].entries.size(), 1u);
  EXPECT_EQ(sections[1].entries[0].key, "batch.rows");
  EXPECT_EQ(sections[1].entries[0].line, 8u);
}

TEST(ini, values_may_stand_in_quotes) {
  auto sections = read("[a]\n"
                       "b = \"\"\n"
                       "c = \"x # \\\"y\\\" \\\\ ; z\" # comment\n"
                       "d = /a#b;c\n");
  ASSERT_EQ(sections.size(), 1u);
  auto& entries = sections[0].entries;
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].value.text, "");
  EXPECT_TRUE(entries[0].value.quoted);
  EXPECT_EQ(entries[1].value.text, "x # \"y\" \\ ; z");
  EXPECT_EQ(entries[2].value.text, "/a#b;c");
  EXPECT_FALSE(entries[2].value.quoted);
}

TEST(ini, an_empty_text_has_no_groups) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("\n\n# nothing\n").empty());
}

TEST(ini, all_else_is_an_error_with_its_line) {
  struct row {
    std::string_view text;
    std::size_t line;
    std::string_view says;
  };
  const row table[] = {
    {"rows = 1\n", 1, "before any [group]"},
    {"[a]\nrows\n", 2, "neither [group] nor key = value"},
    {"[a]\n= 1\n", 2, "neither [group] nor key = value"},
    {"[a\n", 1, "written as [name]"},
    {"[a] b\n", 1, "written as [name]"},
    {"[a]\nb =\n", 2, "a value is missing"},
    {"[a]\nb = # c\n", 2, "a value is missing"},
    {"[a]\n\nb = \"c\n", 3, "ends with a quote"},
    {"[a]\nb = \"c\\\n", 2, "ends with a quote"},
    {"[a]\nb = \"c\\n\"\n", 2, "ends with a quote"},
    {"[a]\nb = \"c\" d\n", 2, "only a comment may follow"},
    {"[a]\nb = c\x01\n", 2, "control character"},
    {std::string_view{"[a]\nb = c\0\n", 10}, 2, "control character"},
  };
  for (auto& [text, line, says] : table) {
    auto result = parse_ini(text);
    auto fault = std::get_if<ini_error>(&result);
    ASSERT_NE(fault, nullptr) << text;
    EXPECT_EQ(fault->line, line) << text;
    EXPECT_NE(fault->text.find(says), std::string::npos) << fault->text;
  }
}

} // namespace
