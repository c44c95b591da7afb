#include "bqstreamer/block.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/sec.hpp>
#include <gtest/gtest.h>

namespace bqs {

namespace {

std::shared_ptr<block_bytes> two_rows() {
  auto result = std::make_shared<block_bytes>();
  result->json = R"({"a":1}{"secret":2})";
  result->ends = {7, 19};
  return result;
}

std::shared_ptr<block_bytes> two_rows_with_ids() {
  auto result = two_rows();
  result->ids = "id-aid-b";
  result->id_ends = {4, 8};
  return result;
}

block make_block(std::shared_ptr<const block_bytes> bytes) {
  block result;
  result.stream.bytes[0] = 1;
  result.first = 5;
  result.table = {"", "shop", "events", ""};
  result.bytes = std::move(bytes);
  return result;
}

std::vector<std::uint32_t> some_numbers(std::size_t count) {
  std::vector<std::uint32_t> result(count);
  for (std::size_t i = 0; i < count; ++i)
    result[i] = static_cast<std::uint32_t>(0x01020304 * i);
  return result;
}

std::vector<char> on_wire(numbers_on_wire x) {
  std::vector<char> result;
  caf::binary_serializer sink{nullptr, result};
  EXPECT_EQ(sink(x), caf::none);
  return result;
}

} // namespace

TEST(block, gives_rows_and_ids_by_their_position) {
  auto uut = two_rows_with_ids();
  EXPECT_EQ(uut->rows(), 2u);
  EXPECT_EQ(uut->row(0), R"({"a":1})");
  EXPECT_EQ(uut->row(1), R"({"secret":2})");
  EXPECT_EQ(uut->id(0), "id-a");
  EXPECT_EQ(uut->id(1), "id-b");
  EXPECT_EQ(two_rows()->id(1), "");
}

TEST(block, counts_the_bytes_of_any_of_its_rows) {
  auto uut = two_rows_with_ids();
  uut->json += "{}";
  uut->ends.push_back(21);
  uut->id_ends.push_back(8); // no id
  struct {
    std::uint32_t from;
    std::uint32_t to;
    std::size_t json;
    std::size_t ids;
  } cases[] = {
    {0, 0, 0, 0},  {0, 1, 7, 4},  {0, 2, 19, 8}, {0, 3, 21, 8}, {1, 1, 0, 0},
    {1, 2, 12, 4}, {1, 3, 14, 4}, {2, 3, 2, 0},  {3, 3, 0, 0},
  };
  for (auto& x : cases) {
    EXPECT_EQ(uut->json_bytes(x.from, x.to), x.json);
    EXPECT_EQ(uut->id_bytes(x.from, x.to), x.ids);
    EXPECT_EQ(two_rows()->id_bytes(0, 2), 0u);
  }
}

TEST(block, has_no_rows_before_it_has_bytes) {
  EXPECT_EQ(block{}.rows(), 0u);
  EXPECT_EQ(make_block(two_rows()).rows(), 2u);
}

TEST(block, equals_one_with_the_same_content) {
  auto x = make_block(two_rows_with_ids());
  EXPECT_EQ(x, x);
  EXPECT_EQ(x, make_block(two_rows_with_ids()));
  EXPECT_EQ(block{}, block{});
  EXPECT_NE(x, make_block(nullptr));
  EXPECT_NE(make_block(nullptr), x);
  EXPECT_NE(x, make_block(two_rows()));
  auto changed = [&](auto change) {
    auto y = make_block(two_rows_with_ids());
    change(y);
    return y;
  };
  EXPECT_NE(x, changed([](block& y) { y.stream.bytes[15] = 1; }));
  EXPECT_NE(x, changed([](block& y) { ++y.first; }));
  EXPECT_NE(x, changed([](block& y) { y.table.table = "orders"; }));
  EXPECT_NE(x, changed([](block& y) { y.extras["k"] = "v"; }));
}

TEST(block, shares_its_bytes_with_its_copies) {
  auto x = make_block(two_rows());
  auto y = x;
  EXPECT_EQ(x.bytes.get(), y.bytes.get());
}

TEST(block, passes_the_check_if_its_frame_is_right) {
  EXPECT_EQ(check_frame(make_block(two_rows())), "");
  EXPECT_EQ(check_frame(make_block(two_rows_with_ids())), "");
}

TEST(block, is_checked_for_everything_but_its_rows) {
  using change = std::function<void(block&, block_bytes&)>;
  struct {
    const char* what;
    bool want;
    change make;
  } cases[] = {
    {"nothing", true, [](block&, block_bytes&) {}},
    {"rows that are no JSON", true,
     [](block&, block_bytes& b) { b.json.assign(19, '\xFF'); }},
    {"an empty row", true,
     [](block&, block_bytes& b) {
       b.ends = {0, 7, 7, 19, 19};
       b.id_ends = {4, 4, 4, 8, 8};
     }},
    {"no ids", true,
     [](block&, block_bytes& b) {
       b.ids.clear();
       b.id_ends.clear();
     }},
    {"only empty ids", true,
     [](block&, block_bytes& b) {
       b.ids.clear();
       b.id_ends = {0, 0};
     }},
    {"no row", false, [](block&, block_bytes& b) { b = {}; }},
    {"bytes without a row", false,
     [](block&, block_bytes& b) {
       b.ends.clear();
       b.ids.clear();
       b.id_ends.clear();
     }},
    {"ends that descend", false,
     [](block&, block_bytes& b) {
       b.ends = {19, 7};
     }},
    {"ends that descend before the last", false,
     [](block&, block_bytes& b) {
       b.ends = {9, 7, 19};
       b.id_ends = {0, 4, 8};
     }},
    {"an end beyond the buffer", false,
     [](block&, block_bytes& b) {
       b.ends = {7, 20};
     }},
    {"the first end beyond the buffer", false,
     [](block&, block_bytes& b) {
       b.ends = {UINT32_MAX, 19};
     }},
    {"bytes behind the last row", false,
     [](block&, block_bytes& b) {
       b.ends = {7, 18};
     }},
    {"ids without ends", false,
     [](block&, block_bytes& b) { b.id_ends.clear(); }},
    {"too few ids", false, [](block&, block_bytes& b) { b.id_ends = {8}; }},
    {"too many ids", false,
     [](block&, block_bytes& b) {
       b.id_ends = {4, 8, 8};
     }},
    {"ends of ids that descend", false,
     [](block&, block_bytes& b) {
       b.ids.clear();
       b.id_ends = {4, 0};
     }},
    {"an id beyond the buffer", false,
     [](block&, block_bytes& b) {
       b.id_ends = {4, 9};
     }},
    {"bytes behind the last id", false,
     [](block&, block_bytes& b) {
       b.id_ends = {4, 7};
     }},
    {"the last number of all", true,
     [](block& x, block_bytes&) { x.first = UINT64_MAX - 2; }},
    {"numbers beyond the last one", false,
     [](block& x, block_bytes&) { x.first = UINT64_MAX - 1; }},
    {"a table that cannot be", false,
     [](block& x, block_bytes&) { x.table.table = "ev/ents"; }},
    {"no dataset", false,
     [](block& x, block_bytes&) { x.table.dataset.clear(); }},
    {"an extra", true, [](block& x, block_bytes&) { x.extras["k"] = "v"; }},
    {"an extra that must be understood", false,
     [](block& x, block_bytes&) { x.extras["!k"] = "v"; }},
  };
  for (auto& x : cases) {
    auto bytes = two_rows_with_ids();
    auto uut = make_block(bytes);
    x.make(uut, *bytes);
    auto wrong = check_frame(uut);
    EXPECT_EQ(wrong.empty(), x.want) << x.what << ": " << wrong;
    EXPECT_EQ(wrong.find('\n'), std::string::npos);
  }
  EXPECT_FALSE(check_frame(block{}).empty());
}

TEST(block, takes_extras_that_it_does_not_know_unless_they_are_marked) {
  struct {
    extras_map extras;
    bool want;
  } cases[] = {
    {{}, false},
    {{{"a", "1"}, {"b", ""}}, false},
    {{{"", "1"}}, false},
    {{{"a!", "!"}}, false},
    {{{"!", ""}}, true},
    {{{"!a", "1"}}, true},
    {{{" ", ""}, {"!a", "1"}, {"b", ""}}, true},
  };
  for (auto& x : cases)
    EXPECT_EQ(must_understand(x.extras), x.want);
}

TEST(block, costs_all_that_it_holds) {
  auto bytes = two_rows_with_ids();
  auto uut = make_block(bytes);
  auto own = bytes->json.capacity() + bytes->ids.capacity()
             + 4 * (bytes->ends.capacity() + bytes->id_ends.capacity());
  auto names = std::string{"shopevents"}.size();
  EXPECT_EQ(cost(uut), block_overhead + names + own);
  EXPECT_GE(cost(uut), block_overhead + 19 + 8 + 4 * 4);
  auto before = cost(uut);
  uut.extras["key"] = std::string(1000, 'v');
  EXPECT_GE(cost(uut), before + 1003);
  before = cost(uut);
  uut.table.project = "project";
  uut.table.suffix = "_x";
  EXPECT_EQ(cost(uut), before + 9);
  EXPECT_EQ(cost(block{}), block_overhead);
}

TEST(block, costs_what_was_reserved_and_not_filled) {
  auto bytes = two_rows();
  bytes->json.reserve(1 << 20);
  bytes->ends.reserve(1 << 10);
  EXPECT_GE(cost(make_block(bytes)), (1u << 20) + (4u << 10));
}

TEST(block, is_named_without_a_byte_of_its_rows) {
  auto uut = make_block(two_rows_with_ids());
  uut.extras["password"] = "hidden";
  auto text = to_string(uut);
  EXPECT_EQ(text,
            "block(" + to_string(uut.stream) + ", 5, 2 rows, shop.events)");
  for (auto secret : {"secret", "id-a", "{", "hidden", "password"})
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  EXPECT_NE(to_string(block{}).find("0 rows"), std::string::npos);
}

TEST(block, has_its_numbers_on_the_wire_as_caf_writes_them_one_by_one) {
  for (auto count : {0u, 1u, 127u, 128u, 511u, 512u, 513u, 2000u}) {
    auto numbers = some_numbers(count);
    std::vector<char> one_by_one;
    caf::binary_serializer sink{nullptr, one_by_one};
    ASSERT_EQ(sink(numbers), caf::none);
    EXPECT_EQ(on_wire({numbers}), one_by_one) << count;
    std::vector<std::uint32_t> back{7};
    numbers_on_wire to{back};
    caf::binary_deserializer source{nullptr, one_by_one};
    ASSERT_EQ(source(to), caf::none) << count;
    EXPECT_EQ(source.remaining(), 0u);
    EXPECT_EQ(back, numbers) << count;
  }
}

TEST(block, has_its_extras_on_the_wire_as_caf_writes_a_map) {
  const std::map<std::string, std::string> map{{"a", ""}, {"!b", "value"}};
  extras_map extras{{"a", ""}, {"!b", "value"}};
  std::vector<char> as_map;
  std::vector<char> as_extras;
  caf::binary_serializer first{nullptr, as_map};
  ASSERT_EQ(first(map), caf::none);
  caf::binary_serializer second{nullptr, as_extras};
  ASSERT_EQ(second(extras), caf::none);
  EXPECT_EQ(as_extras, as_map);
  extras_map back{{"c", "old"}};
  caf::binary_deserializer source{nullptr, as_map};
  ASSERT_EQ(source(back), caf::none);
  EXPECT_EQ(back, extras);
}

TEST(block, has_not_too_many_extras) {
  std::map<std::string, std::string> many;
  while (many.size() <= extras_map::most)
    many.emplace(std::to_string(many.size()), "");
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  ASSERT_EQ(sink(many), caf::none);
  extras_map back;
  caf::binary_deserializer source{nullptr, bytes};
  EXPECT_EQ(source(back), caf::sec::invalid_argument);
}

TEST(block, believes_no_more_numbers_than_have_come) {
  auto numbers = some_numbers(1000);
  auto bytes = on_wire({numbers});
  auto of_numbers = static_cast<std::ptrdiff_t>(4 * numbers.size());
  // The largest size that the format knows, and a number that is cut.
  std::vector<char> hostile{-1, -1, -1, -1, 15};
  hostile.insert(hostile.end(), bytes.end() - of_numbers, bytes.end() - 1);
  std::vector<std::uint32_t> back;
  numbers_on_wire to{back};
  caf::binary_deserializer source{nullptr, hostile};
  EXPECT_EQ(source(to), caf::sec::end_of_stream);
  EXPECT_LE(back.capacity(), 16u * 1024);
}

} // namespace bqs
