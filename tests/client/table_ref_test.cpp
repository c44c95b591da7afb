#include "bqstreamer/table_ref.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace bqs {

namespace {

std::string many(std::size_t n, char c = 'x') {
  return std::string(n, c);
}

} // namespace

TEST(table_ref, is_checked_by_the_naming_rules) {
  struct {
    table_ref table;
    bool want;
  } cases[] = {
    {{"", "shop", "events", ""}, true},
    {{"my-project", "shop", "events", ""}, true},
    {{"", "", "", ""}, false},
    // Datasets.
    {{"", "", "events", ""}, false},
    {{"", "Shop_1", "events", ""}, true},
    {{"", "_hidden", "events", ""}, true},
    {{"", "1shop", "events", ""}, true},
    {{"", "sh-op", "events", ""}, false},
    {{"", "sh op", "events", ""}, false},
    {{"", "sh.op", "events", ""}, false},
    {{"", "sh/op", "events", ""}, false},
    {{"", "sh$op", "events", ""}, false},
    {{"", "sh\u00F6p", "events", ""}, false},
    {{"", many(1024), "events", ""}, true},
    {{"", many(1025), "events", ""}, false},
    // Tables.
    {{"", "shop", "", ""}, false},
    {{"", "shop", "Events_2026-01 old", ""}, true},
    {{"", "shop", "1", ""}, true},
    {{"", "shop", "\u00C9v\u00E9nements", ""}, true},
    {{"", "shop", "\u8868", ""}, true},
    {{"", "shop", "ev.ents", ""}, false},
    {{"", "shop", "ev/ents", ""}, false},
    {{"", "shop", "ev?ents", ""}, false},
    {{"", "shop", "ev#ents", ""}, false},
    {{"", "shop", "ev%2Fents", ""}, false},
    {{"", "shop", "ev:ents", ""}, false},
    {{"", "shop", "ev+ents", ""}, false},
    {{"", "shop", "ev\"ents", ""}, false},
    {{"", "shop", "ev`ents", ""}, false},
    {{"", "shop", "ev\nents", ""}, false},
    {{"", "shop", "ev\tents", ""}, false},
    {{"", "shop", std::string("ev\0nts", 6), ""}, false},
    {{"", "shop",
      "ev\x7F"
      "ents",
      ""},
     false},
    {{"", "shop", "..", ""}, false},
    {{"", "shop", many(1024), ""}, true},
    {{"", "shop", many(1025), ""}, false},
    // Not UTF-8: cut, overlong, a surrogate, a lone byte.
    {{"", "shop", "ev\xC3", ""}, false},
    {{"", "shop", "ev\xC0\xAF", ""}, false},
    {{"", "shop", "ev\xED\xA0\x80", ""}, false},
    {{"", "shop", "ev\xFF", ""}, false},
    // Partitions.
    {{"", "shop", "events$2026", ""}, true},
    {{"", "shop", "events$202601", ""}, true},
    {{"", "shop", "events$20260131", ""}, true},
    {{"", "shop", "events$2026013123", ""}, true},
    {{"", "shop", "events$__UNPARTITIONED__", ""}, true},
    {{"", "shop", "events$__NULL__", ""}, true},
    {{"", "shop", "events$", ""}, false},
    {{"", "shop", "events$202", ""}, false},
    {{"", "shop", "events$20260131235", ""}, false},
    {{"", "shop", "events$2026-01-31", ""}, false},
    {{"", "shop", "events$today", ""}, false},
    {{"", "shop", "events$__unpartitioned__", ""}, false},
    {{"", "shop", "events$20260131$20260131", ""}, false},
    {{"", "shop", "$20260131", ""}, false},
    {{"", "shop", many(1024) + "$20260131", ""}, true},
    // Suffixes.
    {{"", "shop", "events", "_2026"}, true},
    {{"", "shop", "events", "-2026"}, false},
    {{"", "shop", "events", "a b"}, false},
    {{"", "shop", "events", "$2026"}, false},
    {{"", "shop", "events", "\u00E9"}, false},
    {{"", "shop", "events", many(1018)}, true},
    {{"", "shop", "events", many(1019)}, false},
    // Projects.
    {{"example.com:my-project", "shop", "events", ""}, true},
    {{"my project", "shop", "events", ""}, false},
    {{"my/project", "shop", "events", ""}, false},
    {{"my$project", "shop", "events", ""}, false},
    {{"pr\u00F6ject", "shop", "events", ""}, false},
    {{many(1025), "shop", "events", ""}, false},
    // Would change the path of a request.
    {{".", "shop", "events", ""}, false},
    {{"..", "shop", "events", ""}, false},
    {{"...", "shop", "events", ""}, false},
    {{":", "shop", "events", ""}, false},
    {{"p:", "shop", "events", ""}, false},
    {{".p", "shop", "events", ""}, false},
  };
  for (auto& x : cases) {
    auto wrong = check(x.table);
    EXPECT_EQ(wrong.empty(), x.want)
      << to_string(x.table).substr(0, 80) << ": " << wrong;
    EXPECT_EQ(wrong.find('\n'), std::string::npos);
  }
}

TEST(table_ref, names_what_is_wrong) {
  struct {
    table_ref table;
    std::string want;
  } cases[] = {
    {{"p p", "shop", "events", ""}, "a project is"},
    {{"", "sh-op", "events", ""}, "a dataset is"},
    {{"", "shop", "ev.ents", ""}, "a table is"},
    {{"", "shop", "events$1", ""}, "a partition is"},
    {{"", "shop", "events", "-"}, "a template suffix is"},
  };
  for (auto& x : cases)
    EXPECT_EQ(check(x.table).substr(0, x.want.size()), x.want);
}

TEST(table_ref, is_read_from_text) {
  struct {
    std::string text;
    std::optional<table_ref> want;
  } cases[] = {
    {"shop.events", {{"", "shop", "events", ""}}},
    {"my-project:shop.events", {{"my-project", "shop", "events", ""}}},
    {"my-project.shop.events", {{"my-project", "shop", "events", ""}}},
    {"shop.events$20260131", {{"", "shop", "events$20260131", ""}}},
    {"p.shop.events$2026", {{"p", "shop", "events$2026", ""}}},
    {"example.com:p:shop.events", {{"example.com:p", "shop", "events", ""}}},
    {"example.com:p.shop.events", {{"example.com:p", "shop", "events", ""}}},
    {"shop.my events", {{"", "shop", "my events", ""}}},
    {"shop.\u00E9", {{"", "shop", "\u00E9", ""}}},
    {"", std::nullopt},
    {".", std::nullopt},
    {"..", std::nullopt},
    {":", std::nullopt},
    {":.", std::nullopt},
    {"events", std::nullopt},
    {"p:events", std::nullopt},
    {"shop.", std::nullopt},
    {".events", std::nullopt},
    {":shop.events", std::nullopt},
    {".shop.events", std::nullopt},
    {"p:.events", std::nullopt},
    {"p..events", std::nullopt},
    {"..shop.events", std::nullopt},
    {"shop.events$", std::nullopt},
    {"shop.events$x", std::nullopt},
    {"shop.$2026", std::nullopt},
    {"shop.ev/ents", std::nullopt},
    {"sh/op.events", std::nullopt},
    {" shop.events", std::nullopt},
    {"shop.events+suffix", std::nullopt},
    {"shop.events\n", std::nullopt},
    {std::string("shop.ev\0", 8), std::nullopt},
  };
  for (auto& x : cases)
    EXPECT_EQ(parse_table(x.text), x.want) << x.text;
}

TEST(table_ref, reads_what_it_writes) {
  for (std::string project : {"", "p", "my-project", "example.com:p", "12"})
    for (std::string dataset : {"shop", "_x", "1"})
      for (std::string table : {"events", "my events", "a-b", "events$20260131",
                                "events$__UNPARTITIONED__", "\u8868"}) {
        table_ref x{project, dataset, table, ""};
        EXPECT_EQ(parse_table(to_string(x)), x) << to_string(x);
      }
}

TEST(table_ref, is_written_with_all_its_parts) {
  struct {
    table_ref table;
    std::string want;
  } cases[] = {
    {{"", "shop", "events", ""}, "shop.events"},
    {{"p", "shop", "events", ""}, "p:shop.events"},
    {{"p", "shop", "events$2026", ""}, "p:shop.events$2026"},
    {{"p", "shop", "events", "_x"}, "p:shop.events+_x"},
    {{"", "shop", "events", "_x"}, "shop.events+_x"},
  };
  for (auto& x : cases)
    EXPECT_EQ(to_string(x.table), x.want);
}

TEST(table_ref, names_partitions_and_template_tables_with_it) {
  struct {
    table_ref wanted;
    table_ref table;
    bool want;
  } cases[] = {
    {{"", "d", "t", ""}, {"", "d", "t", ""}, true},
    {{"", "d", "t", ""}, {"", "d", "t$20260131", ""}, true},
    {{"", "d", "t", ""}, {"", "d", "t", "_x"}, true},
    {{"", "d", "t", ""}, {"other", "d", "t", ""}, true},
    {{"home", "d", "t", ""}, {"", "d", "t", ""}, true},
    {{"home", "d", "t", ""}, {"other", "d", "t", ""}, false},
    {{"", "d", "t", ""}, {"", "d", "t2", ""}, false},
    {{"", "d", "t", ""}, {"", "e", "t", ""}, false},
  };
  for (auto& x : cases)
    EXPECT_EQ(names(x.wanted, x.table, "home"), x.want) << to_string(x.table);
}

TEST(table_ref, differs_by_each_of_its_parts) {
  table_ref x{"p", "d", "t", "s"};
  EXPECT_EQ(x, (table_ref{"p", "d", "t", "s"}));
  EXPECT_NE(x, (table_ref{"", "d", "t", "s"}));
  EXPECT_NE(x, (table_ref{"p", "e", "t", "s"}));
  EXPECT_NE(x, (table_ref{"p", "d", "t$2026", "s"}));
  EXPECT_NE(x, (table_ref{"p", "d", "t", ""}));
  EXPECT_LT(x, (table_ref{"p", "d", "u", ""}));
}

} // namespace bqs
