#include "sandbox/scopes.hpp"

#include <gtest/gtest.h>

namespace {

using bqs::sandbox::is_scope_list;

TEST(scopes, are_urls_or_words_of_openid) {
  for (auto good : {"https://www.googleapis.com/auth/bigquery", "openid",
                    "openid email profile https://www.googleapis.com/auth/x",
                    " openid  email "})
    EXPECT_TRUE(is_scope_list(good)) << good;
  for (auto bad : {"", " ", "bigquery", "openid,email", "http://x",
                   "https://x bigquery", "openid\nemail"})
    EXPECT_FALSE(is_scope_list(bad)) << bad;
}

} // namespace
