#include "bqstreamer/block_builder.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bqs {

namespace {

using strings = std::vector<std::string>;

strings rows_of(const block_bytes& x) {
  strings result;
  for (std::uint32_t i = 0; i < x.rows(); ++i)
    result.emplace_back(x.row(i));
  return result;
}

strings ids_of(const block_bytes& x) {
  strings result;
  for (std::uint32_t i = 0; i < x.rows(); ++i)
    result.emplace_back(x.id(i));
  return result;
}

} // namespace

TEST(block_builder, packs_texts_as_they_come) {
  block_builder uut;
  uut.add(R"({"a":1})");
  uut.add(std::string{R"( {"a" : 2} )"});
  uut.add(std::string_view{"no JSON at all"});
  uut.add("");
  uut.add(R"({"a":"\u0000"})");
  auto x = uut.take_rows();
  EXPECT_EQ(rows_of(*x), (strings{R"({"a":1})", R"( {"a" : 2} )",
                                  "no JSON at all", "", R"({"a":"\u0000"})"}));
  EXPECT_TRUE(x->ids.empty());
  EXPECT_TRUE(x->id_ends.empty());
}

TEST(block_builder, packs_values) {
  using nlohmann::json;
  block_builder uut;
  uut.add(json{{"name", "b"}});
  uut.add(json{{"name", "c"}}, "my-insert-id");
  json x;
  x["n"] = 1.5;
  x["list"] = {1, 2, 3};
  x["none"] = nullptr;
  x["text"] = "\u00E9\n";
  uut.add(x);
  EXPECT_EQ(x.size(), 4u);
  auto packed = uut.take_rows();
  EXPECT_EQ(rows_of(*packed),
            (strings{R"({"name":"b"})", R"({"name":"c"})",
                     "{\"list\":[1,2,3],\"n\":1.5,\"none\":null,"
                     "\"text\":\"\u00E9\\n\"}"}));
  EXPECT_EQ(ids_of(*packed), (strings{"", "my-insert-id", ""}));
}

TEST(block_builder, mends_values_that_are_not_utf8) {
  block_builder uut;
  nlohmann::json x;
  x["a"] = "b\xFF"
           "c";
  uut.add(x);
  EXPECT_EQ(rows_of(*uut.take_rows()), (strings{"{\"a\":\"b\uFFFD"
                                                "c\"}"}));
}

TEST(block_builder, takes_text_for_text_and_not_for_a_value) {
  block_builder uut;
  std::string text = R"({"a":1})";
  uut.add(text);
  uut.add(text.c_str(), text);
  uut.add(nlohmann::json(text)); // a string value: a row that is no object
  EXPECT_EQ(rows_of(*uut.take_rows()), (strings{text, text, R"("{\"a\":1}")"}));
}

TEST(block_builder, keeps_the_ids_that_rows_bring) {
  struct {
    strings ids;
    bool want_ends;
  } cases[] = {
    {{"", "", ""}, false},      {{"a", "bb", "ccc"}, true},
    {{"", "", "c"}, true},      {{"a", "", ""}, true},
    {{"", "b", ""}, true},      {{"a", "", "c"}, true},
    {{"", "b", "", "d"}, true}, {{"same", "same"}, true},
  };
  for (auto& x : cases) {
    block_builder uut;
    for (auto& id : x.ids)
      uut.add("{}", id);
    auto y = uut.finish({}, 0, {"", "shop", "events", ""});
    EXPECT_EQ(check_frame(y), "");
    EXPECT_EQ(ids_of(*y.bytes), x.ids);
    EXPECT_EQ(!y.bytes->id_ends.empty(), x.want_ends);
  }
}

TEST(block_builder, knows_how_much_it_holds) {
  block_builder uut;
  EXPECT_TRUE(uut.empty());
  EXPECT_EQ(uut.rows(), 0u);
  EXPECT_EQ(uut.size(), 0u);
  uut.add("{}");
  uut.add("{  }", "id");
  EXPECT_FALSE(uut.empty());
  EXPECT_EQ(uut.rows(), 2u);
  EXPECT_EQ(uut.size(), 8u);
}

TEST(block_builder, is_empty_after_its_rows_were_taken) {
  block_builder uut;
  uut.add("{\"first\":1}", "id");
  auto first = uut.take_rows();
  EXPECT_TRUE(uut.empty());
  EXPECT_EQ(uut.size(), 0u);
  uut.add("{}");
  auto second = uut.take_rows();
  EXPECT_EQ(rows_of(*first), (strings{"{\"first\":1}"}));
  EXPECT_EQ(ids_of(*first), (strings{"id"}));
  EXPECT_EQ(rows_of(*second), (strings{"{}"}));
  EXPECT_EQ(ids_of(*second), (strings{""}));
  EXPECT_EQ(uut.take_rows()->rows(), 0u);
}

TEST(block_builder, makes_blocks_one_after_the_other) {
  auto stream = make_stream_id();
  auto table = *parse_table("shop.events$20260131");
  std::uint64_t next_number = 0;
  block_builder uut;
  for (std::uint32_t n : {3u, 1u, 100u}) {
    for (std::uint32_t i = 0; i < n; ++i)
      uut.add("{\"i\":" + std::to_string(i) + "}");
    auto x = uut.finish(stream, next_number, table);
    EXPECT_EQ(x.stream, stream);
    EXPECT_EQ(x.first, next_number);
    EXPECT_EQ(x.table, table);
    EXPECT_EQ(x.rows(), n);
    EXPECT_TRUE(x.extras.empty());
    EXPECT_EQ(check_frame(x), "");
    EXPECT_EQ(x.bytes->row(n - 1), "{\"i\":" + std::to_string(n - 1) + "}");
    EXPECT_TRUE(uut.empty());
    next_number += x.rows();
  }
  EXPECT_EQ(next_number, 104u);
}

} // namespace bqs
