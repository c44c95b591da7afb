#include "actors/listening.hpp"

#include <gtest/gtest.h>

using namespace bqs;

TEST(listening, without_tls_only_loopback_will_do) {
  for (auto address : {"127.0.0.1", "127.3.2.1", "::1", "localhost"})
    EXPECT_EQ(check_listening(address, false), "") << address;
  for (auto address : {"0.0.0.0", "::", "", "192.0.2.1", "2001:db8::1",
                       "::ffff:127.0.0.1", "no.such.host.invalid"})
    EXPECT_NE(check_listening(address, false).find("make-certs"),
              std::string::npos)
      << address;
}

TEST(listening, with_tls_any_address_will_do) {
  EXPECT_EQ(check_listening("0.0.0.0", true), "");
  EXPECT_EQ(check_listening("", true), "");
}

TEST(listening, loopback_is_told_in_numbers) {
  using list = std::vector<std::string>;
  EXPECT_EQ(loopback_addresses("127.3.2.1"), list{"127.3.2.1"});
  EXPECT_EQ(loopback_addresses("::1"), list{"::1"});
  EXPECT_EQ(loopback_addresses("192.0.2.1"), list{});
  auto named = loopback_addresses("localhost");
  EXPECT_FALSE(named.empty());
  for (auto& x : named)
    EXPECT_TRUE(x == "127.0.0.1" || x == "::1") << x;
}
