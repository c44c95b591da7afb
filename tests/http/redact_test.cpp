#include "http/redact.hpp"

#include <gtest/gtest.h>

#include "http/form.hpp"

namespace bqs::http {

namespace {

TEST(redact, hides_what_repeats_a_secret_in_whole_or_in_part) {
  secrets hidden{"1//refresh-token-value", "s3cr3t"};
  EXPECT_EQ(redact("Token 1//refresh-token-value is over.", hidden),
            "Token [...] is over.");
  EXPECT_EQ(redact("begins with refresh-tok", hidden), "begins with [...]");
  EXPECT_EQ(redact("s3cr3t", hidden), "[...]");
  EXPECT_EQ(redact("secret=s3cr3t, again s3cr3t", hidden),
            "secret=[...], again [...]");
  EXPECT_EQ(redact("Invalid JWT Signature.", hidden), "Invalid JWT Signature.");
  EXPECT_EQ(redact("", hidden), "");
  EXPECT_EQ(redact("words", {}), "words");
}

TEST(redact, knows_a_secret_that_was_encoded) {
  EXPECT_EQ(redact("assertion=a%2Fb%2Fc%2Fd%2Fe", {"a/b/c/d/e"}),
            "assertion=[...]");
}

TEST(redact, looks_through_all_rows) {
  std::string rows;
  for (auto i = 0; i < 100'000; ++i)
    rows
      += R"({"json":{"id":)" + std::to_string(i) + R"(,"name":"Mary Smith"}})";
  auto quoted = rows.substr(3'000'000, 40);
  EXPECT_EQ(redact("bad row: " + quoted + "!", {rows}, 16), "bad row: [...]!");
  // Words that rows and messages have in common stay.
  EXPECT_EQ(redact("no such field: name.", {rows}, 16), "no such field: name.");
}

TEST(redact, takes_no_syllable_for_a_secret) {
  EXPECT_EQ(redact("a grant", {"a", "gr", ""}), "a grant");
}

TEST(redact, looks_for_short_secrets_in_short_texts) {
  EXPECT_EQ(redact("s3cr", {"s3cr"}), "[...]");
  EXPECT_EQ(redact("s3cr", {"a-long-secret", "s3cr"}), "[...]");
  EXPECT_EQ(redact("s3c", {"s3cr"}), "s3c");
  EXPECT_EQ(redact("a-long-s", {"a-long-secret"}), "[...]");
  EXPECT_EQ(redact("a-long-", {"a-long-secret"}), "a-long-");
}

TEST(quote_safely, gives_one_line_of_utf8_within_bounds) {
  EXPECT_EQ(quote_safely("a\r\nb\xC2\x9B[31m", {}), "a  b\xEF\xBF\xBD[31m");
  EXPECT_EQ(quote_safely("\xff\xfe", {}), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(quote_safely(std::string(100'000, 'x'), {}).size(), 300u);
  // Not cut in the midst of a character.
  EXPECT_EQ(quote_safely("ab\xC3\xA4", {}, 3), "ab");
}

TEST(encode_form, keeps_only_what_is_unreserved) {
  EXPECT_EQ(encode_form("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(encode_form("a b+c/\xC3\xA4&="), "a%20b%2Bc%2F%C3%A4%26%3D");
  EXPECT_EQ(encode_form({{"grant_type", "a:b"}, {"x", ""}}),
            "grant_type=a%3Ab&x=");
}

} // namespace

} // namespace bqs::http
