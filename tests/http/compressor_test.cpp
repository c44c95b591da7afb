#include "http/compressor.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace bqs::http {

namespace {

/// By another library than the one that packed it.
std::string unpack(std::string_view packed, std::size_t size) {
  z_stream state{};
  EXPECT_EQ(inflateInit2(&state, 15 + 16), Z_OK);
  std::string result(size + 1, '\0');
  std::string input{packed};
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(state.avail_in, 0u);
  result.resize(state.total_out);
  inflateEnd(&state);
  return result;
}

std::string rows(int n) {
  std::string result = R"({"rows":[)";
  for (auto i = 0; i < n; ++i)
    result += R"({"insertId":"AAAAAAAAAAAAAAAAAAAAAA-)" + std::to_string(i)
              + R"(","json":{"sku":"a-)" + std::to_string(i * 7919)
              + R"(","n":1}},)";
  result.back() = ']';
  return result + "}";
}

TEST(compressor, packs_bodies_one_after_the_other) {
  compressor uut;
  for (auto n : {100, 50'000, 1'000, 200}) {
    auto text = rows(n);
    auto packed = uut.gzip(text);
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_EQ(unpack(packed, text.size()), text);
  }
}

TEST(compressor, leaves_alone_what_gets_no_shorter) {
  compressor uut;
  std::mt19937 dice{1};
  std::string noise;
  for (auto i = 0; i < 100'000; ++i)
    noise += static_cast<char>(dice());
  EXPECT_TRUE(uut.gzip(noise).empty());
  EXPECT_TRUE(uut.gzip("").empty());
  EXPECT_TRUE(uut.gzip(R"({"rows":[]})").empty());
  auto text = rows(100); // and goes on
  EXPECT_EQ(unpack(uut.gzip(text), text.size()), text);
}

TEST(compressor, can_be_moved) {
  compressor first;
  auto text = rows(100);
  first.gzip(text);
  auto second = std::move(first);
  EXPECT_EQ(unpack(second.gzip(text), text.size()), text);
}

} // namespace

} // namespace bqs::http
