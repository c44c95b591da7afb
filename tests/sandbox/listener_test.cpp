#include "sandbox/listener.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::raw_client;

/// Sends back what comes until the other end stops.
void echo(int fd) {
  char part[256];
  for (;;) {
    auto n = ::recv(fd, part, sizeof(part), 0);
    if (n <= 0)
      return;
    ::send(fd, part, static_cast<std::size_t>(n), MSG_NOSIGNAL);
  }
}

TEST(listener, serves_many_at_once) {
  listener uut{"127.0.0.1", 0, echo};
  EXPECT_NE(uut.port(), 0);
  std::vector<std::unique_ptr<raw_client>> clients;
  for (auto i = 0; i < 300; ++i)
    clients.push_back(std::make_unique<raw_client>(uut.port()));
  for (auto& x : clients) {
    ASSERT_TRUE(x->send("hello"));
    EXPECT_EQ(x->receive("hello"), "hello");
  }
}

TEST(listener, stops_with_idle_connections) {
  listener uut{"127.0.0.1", 0, echo};
  raw_client client{uut.port()};
  client.send("x");
  client.receive("x");
  uut.stop();
  EXPECT_EQ(client.receive(), "");
  uut.stop();
}

TEST(listener, takes_loopback_addresses_only) {
  for (auto address :
       {"0.0.0.0", "10.0.0.1", "::", "example.com", "", "128.0.0.1"})
    EXPECT_THROW((listener{address, 0, echo}), std::runtime_error) << address;
  for (auto address : {"127.0.0.1", "127.1.2.3", "localhost"})
    EXPECT_NO_THROW((listener{address, 0, echo})) << address;
}

TEST(listener, names_the_port_that_is_taken) {
  listener first{"127.0.0.1", 0, echo};
  try {
    listener second{"127.0.0.1", first.port(), echo};
    FAIL() << "two listeners on one port";
  } catch (const std::runtime_error& x) {
    EXPECT_NE(std::string{x.what()}.find(std::to_string(first.port())),
              std::string::npos)
      << x.what();
  }
}

TEST(listener, a_port_can_be_used_again) {
  std::uint16_t port = 0;
  {
    listener first{"127.0.0.1", 0, echo};
    port = first.port();
    raw_client client{port};
    client.send("x");
    client.receive("x");
  }
  EXPECT_NO_THROW((listener{"127.0.0.1", port, echo}));
}

} // namespace
