#include "bqstreamer/peer_address.hpp"

#include <gtest/gtest.h>

using namespace bqs;

namespace {

TEST(peer_address, host_and_port_are_read_and_shown) {
  struct row {
    const char* text;
    const char* host;
    std::uint16_t port;
  };
  const row table[] = {
    {"127.0.0.1:4747", "127.0.0.1", 4747},
    {"node.example.org:1", "node.example.org", 1},
    {"[::1]:65535", "::1", 65535},
  };
  for (auto& [text, host, port] : table) {
    auto result = parse_peer(text);
    ASSERT_TRUE(std::holds_alternative<peer_address>(result)) << text;
    auto& x = std::get<peer_address>(result);
    EXPECT_EQ(x, (peer_address{host, port}));
    EXPECT_EQ(to_string(x), text);
  }
}

TEST(peer_address, all_else_is_refused_with_an_example) {
  for (auto text :
       {"", "localhost", ":4747", "localhost:", "localhost:0",
        "localhost:65536", "localhost:x", "::1:4747", "[]:1", "[::1]4747"}) {
    auto result = parse_peer(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(result)) << text;
    EXPECT_NE(std::get<std::string>(result).find("HOST:PORT"),
              std::string::npos);
  }
}

} // namespace
