#include "http/redact.hpp"

#include <gtest/gtest.h>

#include <random>

#include "http/form.hpp"

namespace bqs::http {

namespace {

/// The first `size` characters of `period`, again and again.
std::string repeated(std::string_view period, std::size_t size) {
  std::string result;
  for (std::size_t i = 0; i < size; ++i)
    result += period[i % period.size()];
  return result;
}

/// By the definition, for secrets that no encoding changes.
std::string plainly_redacted(std::string_view text, std::string_view secret,
                             std::size_t run) {
  std::vector<bool> hidden(text.size());
  auto least = std::min(run, std::max(secret.size(), std::size_t{4}));
  for (std::size_t i = 0; i + least <= text.size(); ++i)
    if (secret.find(text.substr(i, least)) != std::string_view::npos)
      std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(i), least, true);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!hidden[i])
      result += text[i];
    else if (i == 0 || !hidden[i - 1])
      result += "[...]";
  return result;
}

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

// Each would take minutes if every place in the one were compared with every
// place in the other.
TEST(redact, ends_where_all_is_alike) {
  constexpr std::size_t many = 9u << 20;
  std::string_view periods[] = {"x", "xy", "0123456789abcdefghij", "        -"};
  for (auto period : periods) {
    auto rows = repeated(period, many);
    auto message = repeated(period, 4096);
    EXPECT_EQ(redact(message, {rows}, 16), "[...]");
    EXPECT_EQ(redact(message, {rows}), "[...]");
    // Runs that come nowhere, though they begin as all do.
    auto twice = message;
    twice.append("!").append(message);
    EXPECT_EQ(redact(twice, {rows}, 16), "[...]![...]");
  }
}

TEST(redact, does_by_all_texts_what_it_says) {
  std::mt19937 dice{7};
  for (auto i = 0; i < 20'000; ++i) {
    auto text_of = [&dice](std::string_view letters, std::size_t most) {
      std::string result(dice() % most, ' ');
      for (auto& c : result)
        c = letters[dice() % letters.size()];
      return result;
    };
    auto letters = std::string_view{"abc"}.substr(0, 1 + dice() % 3);
    auto run = 8 + dice() % 9;
    auto secret = text_of(letters, 400);
    auto text = text_of(letters, 60);
    for (auto j = dice() % 3; j > 0; --j) {
      text += "-"; // and something that is surely shared
      text += secret.substr(dice() % (secret.size() + 1), dice() % 40);
    }
    ASSERT_EQ(redact(text, {secret}, run), plainly_redacted(text, secret, run))
      << text << " in " << secret << " by " << run;
  }
}

TEST(redact, takes_other_lengths_for_the_nearest_it_knows) {
  for (std::size_t run : {0u, 1u, 7u})
    for (auto text : {"", "it", "the key is k3y-and-m0re, no", "k3y-and-"})
      EXPECT_EQ(redact(text, {"k3y-and-m0re"}, run),
                redact(text, {"k3y-and-m0re"}))
        << run;
  auto secret = "0123456789abcdefghij";
  for (auto run : {std::size_t{17}, std::string::npos}) {
    EXPECT_EQ(redact("0123456789abcdef", {secret}, run), "[...]");
    EXPECT_EQ(redact("0123456789abcde", {secret}, run), "0123456789abcde");
  }
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
