#include "sandbox/wordings.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(wordings, tell_their_parts) {
  EXPECT_EQ(say(flaw::no_such_field, {"zz"}), "no such field: zz.");
  EXPECT_EQ(say(flaw::row_too_large, {"10", "{}"}),
            "Maximum allowed row size exceeded. Allowed: 10 Row size: {}");
  EXPECT_EQ(say(flaw::bad_bytes, {"?"}),
            "Could not decode base64 string to bytes.");
}

// Clients match on the beginnings: none may look like another one.
TEST(wordings, can_be_told_apart) {
  std::set<std::string_view> texts;
  for (auto& x : all_wordings())
    EXPECT_TRUE(texts.insert(x.text).second) << x.text;
}

TEST(wordings, that_clients_match_on_are_verified) {
  for (auto what : {flaw::no_such_field, flaw::missing_required,
                    flaw::array_for_single, flaw::not_a_record})
    EXPECT_TRUE(all_wordings()[static_cast<std::size_t>(what)].verified);
}

} // namespace
