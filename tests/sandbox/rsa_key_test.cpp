#include "sandbox/rsa_key.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using test::shared_signer;
using test::signer;

TEST(rsa_key, verifies_by_either_half) {
  auto signature = shared_signer().sign("text");
  for (auto& pem :
       {shared_signer().private_pem(), shared_signer().public_pem()}) {
    auto uut = rsa_public_key::from_pem(pem);
    ASSERT_TRUE(uut);
    EXPECT_TRUE(uut->verify("text", signature));
    EXPECT_FALSE(uut->verify("test", signature));
    EXPECT_FALSE(uut->verify("text", ""));
    EXPECT_FALSE(uut->verify("text", signature + "x"));
    EXPECT_FALSE(uut->verify("text", signature.substr(1)));
  }
}

TEST(rsa_key, takes_keys_of_any_size) {
  for (auto bits : {1024u, 3072u}) {
    signer by{bits};
    auto uut = rsa_public_key::from_pem(by.public_pem());
    ASSERT_TRUE(uut) << bits;
    EXPECT_TRUE(uut->verify("text", by.sign("text"))) << bits;
    EXPECT_FALSE(uut->verify("text", shared_signer().sign("text"))) << bits;
  }
}

TEST(rsa_key, makes_keys_that_sign) {
  auto pem = make_private_pem();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_TRUE(
    rsa_public_key::from_pem(pem)->verify("t", signer{pem}.sign("t")));
}

TEST(rsa_key, refuses_what_is_none) {
  auto pem = shared_signer().public_pem();
  for (auto& bad :
       {std::string{}, std::string{"key"}, pem.substr(0, pem.size() / 2),
        std::string(100'000, 'x'),
        // Of an elliptic curve.
        std::string{
          "-----BEGIN PUBLIC KEY-----\n"
          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgU"
          "g2R9\nq9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9"
          "POxg==\n-----END PUBLIC KEY-----\n"}})
    EXPECT_FALSE(rsa_public_key::from_pem(bad)) << bad.substr(0, 60);
}

} // namespace
