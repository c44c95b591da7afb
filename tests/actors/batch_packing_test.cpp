#include "actors/http_actor.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bqstreamer/block_builder.hpp"

namespace bqs {

namespace {

using json = nlohmann::json;
using strings = std::vector<std::string>;

struct source_row {
  std::string json;
  std::string id{};
};

held_block_ptr make_block(const std::vector<source_row>& rows,
                          std::uint64_t first = 0,
                          table_ref table = {"", "shop", "events", ""}) {
  block_builder b;
  for (auto& x : rows)
    b.add(std::string_view{x.json}, x.id);
  auto result = std::make_shared<held_block>();
  result->rows = b.finish({}, first, std::move(table));
  return result;
}

batch make_batch(std::vector<std::pair<held_block_ptr, row_range>> xs) {
  batch result;
  for (auto& [source, rows] : xs) {
    result.slices.push_back({source, rows, {}, 1, false});
    result.rows += rows.size();
  }
  return result;
}

/// A block of good rows as a batch.
batch good_batch(std::uint32_t rows) {
  auto x = make_block(std::vector<source_row>(rows, {"{}"}));
  return make_batch({{x, {0, rows}}});
}

strings ids_of(const json& body) {
  strings result;
  for (auto& x : body["rows"])
    result.push_back(x.value("insertId", "none"));
  return result;
}

/// The value of `n` in each row.
std::vector<int> numbers_of(const json& body) {
  std::vector<int> result;
  for (auto& x : body["rows"])
    result.push_back(x["json"]["n"]);
  return result;
}

source_row numbered(int n, std::string id = {}) {
  return {"{\"n\":" + std::to_string(n) + "}", std::move(id)};
}

const std::string stream_zero(22, 'A');

} // namespace

TEST(batch_packing, puts_the_rows_of_all_slices_into_one_body) {
  auto first = make_block({numbered(0), numbered(1), numbered(2)}, 10);
  auto second = make_block({numbered(3), numbered(4)}, 500);
  http::body_builder builder;
  auto x = pack(
    builder, make_batch({{first, {1, 3}}, {second, {0, 1}}, {first, {0, 1}}}),
    {});
  EXPECT_TRUE(x.faults.empty());
  EXPECT_TRUE(x.positions.empty());
  EXPECT_EQ(x.unsent_from, 4u);
  EXPECT_EQ(builder.rows(), 4u);
  auto body = json::parse(builder.finish());
  EXPECT_EQ(body.size(), 1u);
  EXPECT_EQ(numbers_of(body), (std::vector{1, 2, 3, 0}));
  EXPECT_EQ(ids_of(body), (strings{stream_zero + "-11", stream_zero + "-12",
                                   stream_zero + "-500", stream_zero + "-10"}));
}

TEST(batch_packing, gives_rows_the_insert_ids_that_are_wanted) {
  auto x = make_block({numbered(0), numbered(1, "my \"id\""), numbered(2)}, 7);
  struct {
    insert_ids ids;
    strings want;
  } cases[] = {
    {insert_ids::automatic,
     {stream_zero + "-7", "my \"id\"", stream_zero + "-9"}},
    {insert_ids::own, {"none", "my \"id\"", "none"}},
    {insert_ids::none, {"none", "none", "none"}},
  };
  for (auto& y : cases) {
    insert_options options;
    options.ids = y.ids;
    http::body_builder builder;
    auto packed = pack(builder, make_batch({{x, {0, 3}}}), options);
    EXPECT_TRUE(packed.faults.empty());
    EXPECT_EQ(ids_of(json::parse(builder.finish())), y.want);
  }
}

TEST(batch_packing, derives_the_same_ids_however_rows_are_cut) {
  auto x = make_block(std::vector<source_row>(5, {"{}"}), UINT64_MAX - 5);
  http::body_builder builder;
  pack(builder, make_batch({{x, {0, 5}}}), {});
  auto whole = ids_of(json::parse(builder.finish()));
  EXPECT_EQ(whole.back(), stream_zero + "-18446744073709551614");
  strings pieces;
  for (auto rows : {row_range{0, 2}, row_range{2, 3}, row_range{3, 5}}) {
    pack(builder, make_batch({{x, rows}}), {});
    for (auto& id : ids_of(json::parse(builder.finish())))
      pieces.push_back(id);
  }
  EXPECT_EQ(pieces, whole);
}

TEST(batch_packing, derives_ids_from_the_stream_of_each_row) {
  auto x = make_block({numbered(0), numbered(1)}, 7);
  auto y = std::make_shared<held_block>();
  y->rows = x->rows;
  y->rows.stream.bytes.fill(1);
  auto other = to_string(y->rows.stream);
  ASSERT_NE(other, stream_zero);
  http::body_builder builder;
  pack(builder,
       make_batch({{x, {0, 1}}, {y, {0, 1}}, {y, {1, 2}}, {x, {1, 2}}}), {});
  EXPECT_EQ(ids_of(json::parse(builder.finish())),
            (strings{stream_zero + "-7", other + "-7", other + "-8",
                     stream_zero + "-8"}));
}

TEST(batch_packing, says_in_the_body_what_the_options_say) {
  auto with_suffix = make_block({{"{}"}}, 0, {"", "shop", "events", "_own"});
  auto without = make_block({{"{}"}});
  struct {
    held_block_ptr rows;
    insert_options options;
    json want;
  } cases[] = {
    {without, {}, json::object()},
    {without,
     {insert_ids::automatic, true, true, "_all", "trace"},
     {{"skipInvalidRows", true},
      {"ignoreUnknownValues", true},
      {"templateSuffix", "_all"},
      {"traceId", "trace"}}},
    {with_suffix, {}, {{"templateSuffix", "_own"}}},
    {with_suffix,
     {insert_ids::automatic, false, false, "_all", ""},
     {{"templateSuffix", "_own"}}},
  };
  for (auto& x : cases) {
    http::body_builder builder;
    pack(builder, make_batch({{x.rows, {0, 1}}}), x.options);
    auto body = json::parse(builder.finish());
    body.erase("rows");
    EXPECT_EQ(body, x.want);
  }
}

TEST(batch_packing, leaves_bad_rows_out_and_tells_where_the_others_are) {
  struct {
    std::string rows; // `+` good, `-` bad
    std::vector<std::uint32_t> faults;
    std::vector<std::uint32_t> positions;
  } cases[] = {
    {"+", {}, {}},
    {"++++", {}, {}},
    {"-", {0}, {}},
    {"---", {0, 1, 2}, {}},
    {"-++", {0}, {1, 2}},
    {"++-", {2}, {0, 1}},
    {"+-+-+", {1, 3}, {0, 2, 4}},
    {"--++--", {0, 1, 4, 5}, {2, 3}},
    {"+++--+", {3, 4}, {0, 1, 2, 5}},
  };
  for (auto& x : cases) {
    std::vector<source_row> rows;
    std::vector<int> good;
    for (auto c : x.rows) {
      auto n = static_cast<int>(rows.size());
      rows.push_back(c == '+' ? numbered(n) : source_row{"{\"n\":"});
      if (c == '+')
        good.push_back(n);
    }
    auto n = static_cast<std::uint32_t>(rows.size());
    auto source = make_block(rows);
    // In one slice, and each row in its own.
    std::vector<std::pair<held_block_ptr, row_range>> pieces;
    for (std::uint32_t i = 0; i < n; ++i)
      pieces.push_back({source, {i, i + 1}});
    for (auto& sent : {make_batch({{source, {0, n}}}), make_batch(pieces)}) {
      http::body_builder builder;
      auto packed = pack(builder, sent, {});
      std::vector<std::uint32_t> faults;
      for (auto& y : packed.faults) {
        faults.push_back(y.index);
        EXPECT_EQ(y.reason, "malformed");
      }
      EXPECT_EQ(faults, x.faults) << x.rows;
      EXPECT_EQ(packed.positions, x.positions) << x.rows;
      EXPECT_EQ(packed.unsent_from, n);
      EXPECT_EQ(builder.rows(), good.size());
      EXPECT_EQ(numbers_of(json::parse(builder.finish())), good);
    }
  }
}

TEST(batch_packing, names_what_is_wrong_with_a_row) {
  struct {
    source_row row;
    std::string want;
  } cases[] = {
    {{""}, "malformed"},
    {{"{"}, "malformed"},
    {{"{}{}"}, "malformed"},
    {{"[]"}, "malformed"},
    {{"null"}, "malformed"},
    {{"{\"a\":\"\xFF\"}"}, "malformed"},
    {{"{}", std::string(129, 'x')}, "invalid_insert_id"},
    {{"{}", "\xFF"}, "invalid_insert_id"},
    {{"{\"secret\":\"" + std::string(http::max_body_bytes, 'x') + "\"}"},
     "too_large"},
  };
  for (auto& x : cases) {
    auto source = make_block({{"{}"}, x.row, {"{}"}});
    http::body_builder builder;
    auto packed = pack(builder, make_batch({{source, {0, 3}}}), {});
    ASSERT_EQ(packed.faults.size(), 1u) << x.want;
    auto& fault = packed.faults[0];
    EXPECT_EQ(fault.index, 1u);
    EXPECT_EQ(fault.reason, x.want);
    EXPECT_NE(fault.message.find("(byte "), std::string::npos);
    EXPECT_EQ(fault.message.find("secret"), std::string::npos);
    EXPECT_EQ(builder.rows(), 2u);
  }
}

TEST(batch_packing, minds_no_bad_id_that_is_not_sent) {
  auto source = make_block({{"{}", std::string(129, 'x')}});
  insert_options options;
  options.ids = insert_ids::none;
  http::body_builder builder;
  EXPECT_TRUE(
    pack(builder, make_batch({{source, {0, 1}}}), options).faults.empty());
}

TEST(batch_packing, tells_from_where_rows_did_not_fit) {
  auto large = "{\"s\":\"" + std::string(4'000'000, 'x') + "\"}";
  auto source
    = make_block({{"-"}, {large}, {"-"}, {large}, {large}, {"-"}, {"{}"}});
  http::body_builder builder;
  auto x = pack(builder, make_batch({{source, {0, 4}}, {source, {4, 7}}}), {});
  EXPECT_EQ(x.unsent_from, 4u);
  ASSERT_EQ(x.faults.size(), 2u);
  EXPECT_EQ(x.faults[0].index, 0u);
  EXPECT_EQ(x.faults[1].index, 2u);
  EXPECT_EQ(x.positions, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(builder.rows(), 2u);
  // The rest goes next time.
  auto rest = pack(builder, make_batch({{source, {4, 7}}}), {});
  EXPECT_EQ(rest.unsent_from, 3u);
  EXPECT_EQ(rest.positions, (std::vector<std::uint32_t>{0, 2}));
}

TEST(batch_packing, takes_as_many_rows_as_the_service_does) {
  constexpr auto most = static_cast<std::uint32_t>(http::max_body_rows);
  http::body_builder builder;
  EXPECT_EQ(pack(builder, good_batch(most), {}).unsent_from, most);
  EXPECT_EQ(pack(builder, good_batch(most + 1), {}).unsent_from, most);
  EXPECT_EQ(builder.rows(), most);
}

TEST(batch_packing, begins_anew_each_time) {
  http::body_builder builder;
  insert_options options;
  options.template_suffix = "_x";
  pack(builder, make_batch({{make_block({{"-"}, {"{}"}}), {0, 2}}}), options);
  auto x = pack(builder, good_batch(1), {});
  EXPECT_TRUE(x.faults.empty());
  EXPECT_TRUE(x.positions.empty());
  auto body = json::parse(builder.finish());
  EXPECT_EQ(body.size(), 1u);
  EXPECT_EQ(body["rows"].size(), 1u);
}

} // namespace bqs
