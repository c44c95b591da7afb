#include "client/dialer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <variant>

#include <caf/actor_system.hpp>
#include <gtest/gtest.h>

#include "bqstreamer/config.hpp"
#include "http/unique_fd.hpp"
#include "tests/end_to_end/raw_peer.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// What a node says first.
std::string node_greeting(std::uint64_t version, const std::string& protocol) {
  using namespace std::literals;
  auto content = test::node_name(7) + "\1"s + static_cast<char>(protocol.size())
                 + protocol + std::string(8, '\0') + "\0"s;
  return test::message_header(0, static_cast<std::uint32_t>(content.size()),
                              version, 0, 0)
         + content;
}

/// Says the same to each who connects, until it has left.
class greeter {
public:
  explicit greeter(std::string text)
    : text_(std::move(text)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(here);
    auto* address = reinterpret_cast<sockaddr*>(&here);
    EXPECT_EQ(::bind(fd_.get(), address, size), 0);
    EXPECT_EQ(::listen(fd_.get(), 8), 0);
    EXPECT_EQ(::getsockname(fd_.get(), address, &size), 0);
    port_ = ntohs(here.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }

  ~greeter() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    thread_.join();
  }

  greeter(const greeter&) = delete;
  greeter& operator=(const greeter&) = delete;

  peer_address address() const {
    return {"127.0.0.1", port_};
  }

private:
  void run() {
    for (;;) {
      http::unique_fd peer{::accept(fd_.get(), nullptr, nullptr)};
      if (!peer)
        return;
      ::send(peer.get(), text_.data(), text_.size(), MSG_NOSIGNAL);
      std::array<char, 512> buffer{};
      while (::recv(peer.get(), buffer.data(), buffer.size(), 0) > 0) {
        // whatever it says
      }
    }
  }

  std::string text_;
  http::unique_fd fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// What a client says of a node with this greeting.
std::string complaint_about(std::uint64_t version,
                            const std::string& protocol) {
  greeter node{node_greeting(version, protocol)};
  config cfg;
  caf::actor_system sys{cfg};
  auto found = connect_node(sys, node.address(), 5s, false);
  auto* why = std::get_if<std::string>(&found);
  return why ? *why : "none";
}

} // namespace

// Else the two below would prove nothing.
TEST(dialer, hears_whom_it_could_talk_with) {
  auto x = complaint_about(3, "bqstreamer/2");
  EXPECT_NE(x.find("what listens there is no bqstreamer node"),
            std::string::npos)
    << x;
}

TEST(dialer, refuses_another_protocol_of_ours) {
  for (auto other : {"bqstreamer/1", "bqstreamer/3", "generic-caf-app"}) {
    auto x = complaint_about(3, other);
    EXPECT_NE(x.find("it speaks another protocol than bqstreamer/2"),
              std::string::npos)
      << x;
  }
}

TEST(dialer, refuses_another_protocol_of_cafs) {
  for (auto other : {0u, 2u, 4u, 99u}) {
    auto x = complaint_about(other, "bqstreamer/2");
    EXPECT_NE(x.find("it is no bqstreamer node, or one of another version"),
              std::string::npos)
      << x;
  }
}

} // namespace bqs
