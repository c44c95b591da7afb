#include "http/base64.hpp"

#include <random>

#include <gtest/gtest.h>

namespace bqs::http {

TEST(base64, is_that_of_rfc_4648) {
  std::pair<std::string_view, std::string_view> cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFF\xEF\xBE", "/+++"},
  };
  for (auto& [bytes, text] : cases) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(base64, comes_back_byte_for_byte) {
  std::minstd_rand dice{7};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(dice() & 0xff);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  }
}

TEST(base64, refuses_what_nobody_encodes) {
  for (auto text : {"Z", "Zg", "Zg=", "Zh==", "Zm9v=", "====", "Zm-v", "Zm 9v",
                    "Zg==Zg==", "Zm9v\n"})
    EXPECT_FALSE(from_base64(text)) << text;
}

} // namespace bqs::http
