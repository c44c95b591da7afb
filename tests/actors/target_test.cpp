#include "actors/target.hpp"

#include <string>

#include <gtest/gtest.h>

namespace bqs {

TEST(target, is_the_path_of_the_table_with_its_names_escaped) {
  struct {
    table_ref table;
    std::string want; // between `projects/` and `/insertAll`
  } cases[] = {
    {{"p", "shop", "events", ""}, "p/datasets/shop/tables/events"},
    {{"my-project1", "Shop_1", "Ev_2-x", ""},
     "my-project1/datasets/Shop_1/tables/Ev_2-x"},
    {{"example.com:p", "shop", "events", ""},
     "example.com:p/datasets/shop/tables/events"},
    {{"p", "shop", "events$20260131", ""},
     "p/datasets/shop/tables/events%2420260131"},
    {{"p", "shop", "my events", ""}, "p/datasets/shop/tables/my%20events"},
    {{"p", "shop", "\u00E9\u8868", ""},
     "p/datasets/shop/tables/%C3%A9%E8%A1%A8"},
    {{"p", "shop", "events", "_x"}, "p/datasets/shop/tables/events"},
    // Never valid, and harmless all the same.
    {{"a/b", "c?d", "e#f%g&h=i+j\"k\r\nl", ""},
     "a%2Fb/datasets/c%3Fd/tables/e%23f%25g%26h%3Di%2Bj%22k%0D%0Al"},
    {{"p", "shop", std::string("a\0\x7F\xFF~", 5), ""},
     "p/datasets/shop/tables/a%00%7F%FF~"},
  };
  for (auto& x : cases)
    EXPECT_EQ(make_target(x.table, {})->path,
              "/bigquery/v2/projects/" + x.want
                + "/insertAll?prettyPrint=false");
}

TEST(target, carries_the_options_of_the_table) {
  insert_options options;
  options.ids = insert_ids::own;
  options.skip_invalid_rows = true;
  options.ignore_unknown_values = true;
  options.template_suffix = "_x";
  options.trace_id = "trace";
  auto uut = make_target({"p", "shop", "events", ""}, options);
  EXPECT_EQ(uut->insert.ids, insert_ids::own);
  EXPECT_TRUE(uut->insert.skip_invalid_rows);
  EXPECT_TRUE(uut->insert.ignore_unknown_values);
  EXPECT_EQ(uut->insert.template_suffix, "_x");
  EXPECT_EQ(uut->insert.trace_id, "trace");
}

} // namespace bqs
