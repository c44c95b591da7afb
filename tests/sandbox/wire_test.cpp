#include "sandbox/wire.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::raw_client;

struct wire_test : testing::Test {
  wire_test() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::runtime_error("no socket pair");
    peer = std::make_unique<raw_client>(fds[0]);
    fd = fds[1];
    uut = std::make_unique<wire>(fd);
  }

  ~wire_test() override {
    ::close(fd);
  }

  int fd = -1;
  std::unique_ptr<raw_client> peer;
  std::unique_ptr<wire> uut;
};

TEST_F(wire_test, holds_an_answer_back_until_it_is_flushed) {
  uut->write("he", 2);
  uut->write("llo", 3);
  char none;
  EXPECT_EQ(::recv(peer->fd, &none, 1, MSG_DONTWAIT), -1);
  EXPECT_TRUE(uut->flush());
  EXPECT_EQ(peer->receive("hello"), "hello");
}

TEST_F(wire_test, flushes_before_it_waits_for_more) {
  std::thread other{[&] {
    peer->receive("100");
    peer->send("body");
  }};
  uut->write("100", 3);
  char text[4];
  EXPECT_EQ(uut->read(text, 4), 4);
  other.join();
}

TEST_F(wire_test, says_nothing_once_muted) {
  uut->write("a", 1);
  uut->mute();
  uut->write("b", 1);
  EXPECT_TRUE(uut->flush());
  ::shutdown(fd, SHUT_WR);
  EXPECT_EQ(peer->receive(), "");
}

TEST_F(wire_test, sees_the_end) {
  peer->send("x");
  peer->finish();
  char text[4];
  EXPECT_TRUE(uut->wait_for_request());
  EXPECT_EQ(uut->read(text, 4), 1);
  EXPECT_FALSE(uut->broken());
  EXPECT_LE(uut->read(text, 4), 0);
  EXPECT_TRUE(uut->broken());
}

TEST_F(wire_test, bounds_the_head_only) {
  std::thread other{[&] { peer->send(std::string(1'000'000, 'x')); }};
  std::string text(100'000, ' ');
  auto read_some = [&] {
    std::size_t n = 0;
    while (n < text.size()) {
      auto k = uut->read(text.data() + n, text.size() - n);
      if (k <= 0)
        return false;
      n += static_cast<std::size_t>(k);
    }
    return true;
  };
  uut->wait_for_request();
  EXPECT_TRUE(read_some());
  uut->head_done();
  EXPECT_TRUE(read_some());
  uut->wait_for_request();
  EXPECT_TRUE(read_some());
  EXPECT_FALSE(read_some());
  EXPECT_TRUE(uut->broken());
  ::shutdown(fd, SHUT_RDWR);
  other.join();
}

TEST_F(wire_test, sends_more_than_the_kernel_holds) {
  std::string big(5'000'000, 'x');
  std::string got;
  std::thread other{[&] { got = peer->receive(); }};
  EXPECT_EQ(uut->write(big.data(), big.size()), 5'000'000);
  EXPECT_TRUE(uut->flush());
  ::shutdown(fd, SHUT_WR);
  other.join();
  EXPECT_EQ(got.size(), big.size());
}

} // namespace
