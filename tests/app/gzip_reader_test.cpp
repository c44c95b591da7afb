#include "app/gzip_reader.hpp"

#include <zlib.h>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

/// One member of gzip.
std::string packed(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
  std::string input{text};
  std::string result(deflateBound(&stream, input.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

struct outcome {
  std::string text;
  std::string error;
  bool packed = false;
};

/// Feeds `input` in pieces of `step` bytes.
outcome unpack(std::string_view input, std::size_t step = 1u << 16) {
  outcome result;
  auto take = [&](std::string_view x) {
    result.text += x;
    return true;
  };
  gzip_reader uut;
  auto good = true;
  for (std::size_t i = 0; good && i < input.size(); i += step)
    good = uut.feed(input.substr(i, step), take);
  good = good && uut.finish(take);
  EXPECT_EQ(good, uut.error().empty());
  result.error = uut.error();
  result.packed = uut.packed();
  return result;
}

TEST(gzip_reader, what_is_not_packed_comes_through_as_it_is) {
  for (std::string_view text : {"", "x", "\x1F", "\x1F\x1F\x8B", "plain text"})
    for (std::size_t step = 1; step < 5; ++step) {
      auto result = unpack(text, step);
      EXPECT_EQ(result.text, text);
      EXPECT_EQ(result.error, "");
      EXPECT_FALSE(result.packed);
    }
}

TEST(gzip_reader, members_follow_one_another) {
  auto input
    = packed("one\n") + packed("") + packed("two\n") + std::string(100, '\0');
  for (std::size_t step = 1; step < 60; ++step) {
    auto result = unpack(input, step);
    EXPECT_EQ(result.text, "one\ntwo\n") << step;
    EXPECT_EQ(result.error, "") << step;
    EXPECT_TRUE(result.packed);
  }
}

TEST(gzip_reader, a_small_input_may_unpack_to_much) {
  std::string text(20'000'000, 'x');
  EXPECT_TRUE(unpack(packed(text)).text == text);
}

TEST(gzip_reader, what_stands_before_an_end_too_early_comes_through) {
  std::string text;
  for (int i = 0; i < 100'000; ++i)
    text += std::to_string(i * 7919) + "\n";
  auto whole = packed(text);
  auto result = unpack(whole.substr(0, whole.size() / 2));
  EXPECT_EQ(result.error, "its gzip data ends too early");
  EXPECT_GT(result.text.size(), text.size() / 4);
  EXPECT_TRUE(text.starts_with(result.text));
  EXPECT_EQ(unpack(whole.substr(0, whole.size() - 1)).error,
            "its gzip data ends too early");
  EXPECT_EQ(unpack("\x1F\x8B").error, "its gzip data ends too early");
}

TEST(gzip_reader, corrupt_data_is_an_error) {
  auto input = packed("one\n");
  auto flipped = input;
  flipped[flipped.size() - 6] ^= 1; // the checksum
  EXPECT_EQ(unpack(flipped).error, "its gzip data is corrupt");
  auto result = unpack(input + "trailing text");
  EXPECT_EQ(result.error, "its gzip data is corrupt");
  EXPECT_EQ(result.text, "one\n");
}

TEST(gzip_reader, a_consumer_that_has_enough_is_left_alone) {
  gzip_reader uut;
  auto calls = 0;
  EXPECT_FALSE(
    uut.feed(packed(std::string(1'000'000, 'x')), [&](std::string_view) {
      ++calls;
      return false;
    }));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(uut.error(), "");
}

} // namespace
