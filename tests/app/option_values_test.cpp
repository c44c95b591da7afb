#include "app/option_values.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(option_values, words_are_proposed_and_placeholders_are_not) {
  using words = std::vector<std::string>;
  EXPECT_EQ(fixed_values("auto|always|never"),
            (words{"auto", "always", "never"}));
  EXPECT_EQ(fixed_values("unlimited|N"), words{"unlimited"});
  EXPECT_EQ(fixed_values("bash"), words{"bash"});
  for (auto none : {"", "N", "FILE", "HOST:PORT", "DATASET.TABLE"})
    EXPECT_EQ(fixed_values(none), words{}) << none;
}

} // namespace
