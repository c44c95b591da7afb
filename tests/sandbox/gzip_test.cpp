#include "sandbox/gzip.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <zlib.h>

namespace {

using namespace bqs::sandbox;

std::string gunzip(std::string x, std::size_t size) {
  std::string result(size + 1, '\0');
  z_stream state{};
  inflateInit2(&state, 15 + 16);
  state.next_in = reinterpret_cast<Bytef*>(x.data());
  state.avail_in = static_cast<uInt>(x.size());
  state.next_out = reinterpret_cast<Bytef*>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
  result.resize(state.total_out);
  inflateEnd(&state);
  return result;
}

TEST(gzip, can_be_read) {
  for (auto size : {0, 1, 100'000}) {
    std::string text(static_cast<std::size_t>(size), 'x');
    auto packed = gzip(text);
    ASSERT_TRUE(packed);
    EXPECT_EQ(gunzip(*packed, text.size()), text);
  }
}

TEST(gzip, is_wanted_by_two_headers) {
  EXPECT_TRUE(wants_gzip("gzip, deflate", "my program (gzip)"));
  EXPECT_FALSE(wants_gzip("gzip, deflate", "my program"));
  EXPECT_FALSE(wants_gzip("br", "my program (gzip)"));
  EXPECT_FALSE(wants_gzip("", ""));
}

/// Returns what an inflater makes of a text in parts of a size, and nothing if
/// that is no whole file.
std::optional<std::string> inflated(std::string_view x, std::size_t step) {
  inflater uut;
  std::string result;
  auto take = [&](const char* data, std::size_t n) {
    result.append(data, n);
    return true;
  };
  for (; !x.empty(); x.remove_prefix(std::min(step, x.size())))
    if (!uut.feed(x.substr(0, step), take))
      return std::nullopt;
  return uut.whole() ? std::optional{result} : std::nullopt;
}

TEST(gzip, is_read_in_parts_of_any_size) {
  auto text = std::string(100'000, 'x') + "end";
  auto packed = *gzip(text);
  for (auto step : {std::size_t{1}, std::size_t{7}, packed.size()})
    EXPECT_EQ(inflated(packed, step), text) << step;
}

TEST(gzip, may_have_several_members) {
  auto packed = *gzip("one ") + *gzip("") + *gzip("two");
  for (auto step : {std::size_t{1}, std::size_t{20}, packed.size()})
    EXPECT_EQ(inflated(packed, step), "one two") << step;
}

TEST(gzip, is_not_whole_when_it_was_cut) {
  auto packed = *gzip("text");
  for (std::size_t n = 1; n < packed.size(); ++n)
    EXPECT_FALSE(inflated({packed.data(), packed.size() - n}, 100)) << n;
  EXPECT_FALSE(inflater{}.whole());
}

TEST(gzip, has_a_checksum) {
  auto packed = *gzip("text");
  packed[packed.size() - 8] ^= 1;
  EXPECT_FALSE(inflated(packed, 100));
}

TEST(gzip, is_followed_by_nothing_else) {
  EXPECT_FALSE(inflated(*gzip("text") + "more", 100));
}

TEST(gzip, ends_when_nobody_wants_more) {
  inflater uut;
  auto packed = *gzip(std::string(1'000'000, 'x'));
  EXPECT_FALSE(uut.feed(packed, [](auto, auto) { return false; }));
}

} // namespace
