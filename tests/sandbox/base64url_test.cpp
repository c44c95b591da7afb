#include "sandbox/base64url.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(base64url, reads_what_it_writes) {
  struct {
    std::string_view bytes;
    const char* text;
  } cases[] = {{"", ""},           {"f", "Zg"},        {"fo", "Zm8"},
               {"foo", "Zm9v"},    {"foob", "Zm9vYg"}, {"\xff\xfe", "__4"},
               {"\xfb\xef", "--8"}};
  for (auto& x : cases) {
    EXPECT_EQ(base64url(x.bytes), x.text);
    EXPECT_EQ(from_base64url(x.text), x.bytes);
  }
}

TEST(base64url, takes_every_byte) {
  std::string all;
  for (auto i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  EXPECT_EQ(from_base64url(base64url(all)), all);
}

TEST(base64url, has_one_way_to_write_a_text) {
  for (auto bad :
       {"Zg==", "Z", "Zh", "Zm9", "Zm9v ", "Zm+v", "Zm/v", "Zm\nv", "AAAAA"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
}

} // namespace
