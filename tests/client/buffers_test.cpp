#include "client/buffers.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace bqs {

TEST(buffers, are_given_back_if_they_are_large) {
  std::vector<char> small(usual_buffer);
  shrink(small);
  EXPECT_EQ(small.size(), usual_buffer);
  std::vector<char> large(usual_buffer + 1);
  shrink(large);
  EXPECT_EQ(large.capacity(), 0u);
}

} // namespace bqs
