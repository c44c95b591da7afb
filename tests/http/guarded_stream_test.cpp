#include "http/guarded_stream.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "http/unique_fd.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;

/// Both ends of a connection; ours does not block.
struct ends {
  explicit ends(int type) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
    ours = unique_fd{fds[0]};
    theirs = unique_fd{fds[1]};
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  }

  guarded_stream stream(bool body_follows) {
    return {channel{ours.get()}, waiter{-1, waiter::clock::now() + 30s},
            body_follows, 30s, 30s};
  }

  /// What one call of read gives.
  std::string read() {
    char buffer[65536];
    auto n = ::recv(theirs.get(), buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }

  unique_fd ours;
  unique_fd theirs;
};

void write(guarded_stream& uut, std::string_view text) {
  EXPECT_EQ(uut.write(text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
}

} // namespace

// A socket of packets shows what was one system call.

TEST(guarded_stream, the_head_leaves_with_the_beginning_of_the_body) {
  ends x{SOCK_SEQPACKET};
  auto uut = x.stream(true);
  write(uut, "POST / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(uut.written(), 0u);
  write(uut, "begin");
  write(uut, "end");
  EXPECT_EQ(x.read(), "POST / HTTP/1.1\r\n\r\nbegin");
  EXPECT_EQ(x.read(), "end");
  EXPECT_EQ(uut.written(), 27u);
  EXPECT_EQ(uut.body_written(), 8u);
}

TEST(guarded_stream, a_head_without_a_body_leaves_at_once) {
  ends x{SOCK_SEQPACKET};
  auto uut = x.stream(false);
  write(uut, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(x.read(), "GET / HTTP/1.1\r\n\r\n");
}

TEST(guarded_stream, a_head_that_leaves_in_pieces_arrives_whole) {
  ends x{SOCK_STREAM};
  auto small = 1;
  ::setsockopt(x.ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  auto uut = x.stream(true);
  std::string head(40'000, 'h');
  std::string body(40'000, 'b');
  std::string got;
  std::thread reader{[&] {
    while (got.size() < head.size() + body.size()) {
      auto piece = x.read();
      if (piece.empty())
        break;
      got += piece;
    }
  }};
  write(uut, head);
  write(uut, body);
  reader.join();
  EXPECT_TRUE(got == head + body);
  EXPECT_EQ(uut.body_written(), body.size());
}

} // namespace bqs::http
