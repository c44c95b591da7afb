#include "sandbox/jwt.hpp"

#include <gtest/gtest.h>

#include "sandbox/base64url.hpp"

namespace {

using namespace bqs::sandbox;

const char* const head = R"({"alg":"RS256","typ":"JWT","kid":"k"})";
const char* const claims
  = R"({"iss":"i","sub":"s","aud":"a","scope":"c","iat":1,"exp":2})";

std::string token(std::string_view h, std::string_view c,
                  std::string_view signature = "sig") {
  return base64url(h) + "." + base64url(c) + "." + base64url(signature);
}

/// Returns what is wrong with a token; empty if nothing.
std::string fault_of(std::string_view text) {
  auto x = parse_jwt(text);
  auto why = std::get_if<std::string>(&x);
  return why != nullptr ? *why : "";
}

TEST(jwt, has_what_it_says) {
  auto text = token(head, claims);
  auto x = std::get<jwt>(parse_jwt(text));
  EXPECT_EQ(x.key_id, "k");
  EXPECT_EQ(x.issuer, "i");
  EXPECT_EQ(x.subject, "s");
  EXPECT_EQ(x.audience, "a");
  EXPECT_EQ(x.scope, "c");
  EXPECT_EQ(x.issued_at, 1);
  EXPECT_EQ(x.expires_at, 2);
  EXPECT_EQ(x.signature, "sig");
  EXPECT_EQ(x.signed_text + "." + base64url("sig"), text);
}

TEST(jwt, needs_little) {
  auto x = std::get<jwt>(
    parse_jwt(token(R"({"alg":"RS256"})", R"({"iss":"i","iat":1.5,"exp":2})")));
  EXPECT_EQ(x.key_id, "");
  EXPECT_EQ(x.subject, "");
  EXPECT_EQ(x.issued_at, 1);
}

TEST(jwt, is_signed_by_rs256_alone) {
  for (auto bad :
       {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"rs256"})",
        R"({"alg":"RS512"})", R"({"typ":"JWT"})"})
    EXPECT_EQ(fault_of(token(bad, claims)), "alg is not RS256") << bad;
  EXPECT_NE(fault_of(token(R"({"alg":"RS256","crit":["b64"]})", claims)), "");
  EXPECT_NE(fault_of(token(R"({"alg":"RS256","kid":7})", claims)), "");
  EXPECT_NE(fault_of(token(R"({"alg":["RS256"]})", claims)), "");
}

TEST(jwt, has_three_whole_parts) {
  auto good = token(head, claims);
  for (std::size_t n = 0; n < good.size() - 2; ++n)
    EXPECT_NE(fault_of(good.substr(0, n)), "") << n;
  EXPECT_NE(fault_of(good + "."), "");
  EXPECT_NE(fault_of(good + "="), "");
  EXPECT_NE(fault_of("." + good), "");
  EXPECT_NE(fault_of(token(head, claims, "")), "");
  EXPECT_NE(fault_of(".."), "");
}

TEST(jwt, refuses_parts_that_are_no_objects) {
  for (auto bad : {"", "[]", "null", "7", "{", "{\"a\":\"\xff\"}", "{}{}"}) {
    EXPECT_NE(fault_of(token(bad, claims)), "") << bad;
    EXPECT_NE(fault_of(token(head, bad)), "") << bad;
  }
  EXPECT_NE(fault_of(token(head, std::string(8'000, '['))), "");
}

TEST(jwt, refuses_claims_of_the_wrong_type) {
  for (auto bad :
       {R"({"iat":1,"exp":2})", R"({"iss":"","iat":1,"exp":2})",
        R"({"iss":7,"iat":1,"exp":2})", R"({"iss":"i","exp":2})",
        R"({"iss":"i","iat":1})", R"({"iss":"i","iat":"1","exp":2})",
        R"({"iss":"i","iat":-1,"exp":2})", R"({"iss":"i","iat":1,"exp":1e300})",
        R"({"iss":"i","iat":1,"exp":18446744073709551615})",
        R"({"iss":"i","iat":1,"exp":null})",
        R"({"iss":"i","iat":1,"exp":2,"aud":["a"]})",
        R"({"iss":"i","iat":1,"exp":2,"scope":[]})",
        R"({"iss":"i","iat":1,"exp":2,"sub":0})"})
    EXPECT_NE(fault_of(token(head, bad)), "") << bad;
}

TEST(jwt, is_not_read_if_it_is_huge) {
  EXPECT_EQ(fault_of(std::string(max_jwt_bytes + 1, 'a')), "it is too long");
  EXPECT_EQ(fault_of(std::string(10'000'000, '.')), "it is too long");
}

} // namespace
