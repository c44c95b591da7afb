#include "sandbox/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

TEST(json_text, reads_back_as_it_was) {
  std::string all;
  for (auto c = 0; c < 128; ++c)
    all += static_cast<char>(c);
  for (auto& text : {std::string{}, std::string{"plain"}, all,
                     std::string{"a\"b\\c\n\t\r/é€😀"}}) {
    std::string out = "x";
    bqs::sandbox::append_quoted(out, text);
    EXPECT_EQ(nlohmann::json::parse(out.substr(1)), text);
  }
}

} // namespace
