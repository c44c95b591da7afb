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

namespace {

using list = std::vector<std::string>;

list plain(const std::string& address) {
  return find_listening_places(address, false).addresses;
}

} // namespace

TEST(listening, loopback_is_told_in_numbers) {
  EXPECT_EQ(plain("127.3.2.1"), list{"127.3.2.1"});
  EXPECT_EQ(plain("::1"), list{"::1"});
  EXPECT_EQ(plain("192.0.2.1"), list{});
  auto named = plain("localhost");
  EXPECT_FALSE(named.empty());
  for (auto& x : named)
    EXPECT_TRUE(x == "127.0.0.1" || x == "::1") << x;
  EXPECT_EQ(find_listening_places("a.example", true).addresses,
            list{"a.example"});
}

// Or nobody could say why there is no place.
TEST(listening, there_is_a_place_or_a_fault) {
  for (auto tls : {false, true})
    for (auto address : {"127.0.0.1", "localhost", "0.0.0.0", "", "192.0.2.1",
                         "no.such.host.invalid"}) {
      auto x = find_listening_places(address, tls);
      EXPECT_EQ(x.addresses.empty(), !x.fault.empty()) << address;
    }
}
