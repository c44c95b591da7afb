#include "bqstreamer/stream_id.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace bqs {

namespace {

stream_id filled(std::uint8_t x) {
  stream_id result;
  result.bytes.fill(x);
  return result;
}

stream_id counting() {
  stream_id result;
  std::uint8_t i = 0;
  for (auto& x : result.bytes)
    x = i++;
  return result;
}

} // namespace

TEST(stream_id, is_written_as_base64url_without_padding) {
  struct {
    stream_id id;
    std::string want;
  } cases[] = {
    {{}, "AAAAAAAAAAAAAAAAAAAAAA"},
    {filled(0xFF), "_____________________w"},
    {filled(0xFB), "-_v7-_v7-_v7-_v7-_v7-w"},
    {counting(), "AAECAwQFBgcICQoLDA0ODw"},
  };
  for (auto& x : cases)
    EXPECT_EQ(to_string(x.id), x.want);
}

TEST(stream_id, is_written_so_that_each_bit_counts) {
  std::set<std::string> seen{to_string(stream_id{})};
  for (std::size_t i = 0; i < 128; ++i) {
    stream_id x;
    x.bytes[i / 8] = static_cast<std::uint8_t>(1u << (i % 8));
    auto text = to_string(x);
    EXPECT_EQ(text.size(), 22u);
    EXPECT_TRUE(seen.insert(text).second) << i;
  }
}

TEST(stream_id, is_fresh_each_time) {
  std::set<stream_id> seen;
  stream_id varied;
  for (auto i = 0; i < 1000; ++i) {
    auto x = make_stream_id();
    EXPECT_TRUE(seen.insert(x).second);
    for (std::size_t k = 0; k < x.bytes.size(); ++k)
      varied.bytes[k] |= x.bytes[k];
  }
  // No byte is left out.
  EXPECT_TRUE(
    std::ranges::all_of(varied.bytes, [](auto x) { return x == 0xFF; }));
}

TEST(stream_id, has_an_order) {
  EXPECT_EQ(counting(), counting());
  EXPECT_NE(counting(), filled(0));
  EXPECT_LT(filled(0), counting());
  EXPECT_LT(counting(), filled(1));
}

} // namespace bqs
