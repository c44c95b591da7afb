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

  guarded_stream stream(std::string_view head, bool body_follows) {
    return {channel{ours.get()},
            waiter{-1, waiter::clock::now() + 30s},
            head,
            body_follows,
            30s,
            30s};
  }

  /// What one call of read gives.
  std::string read() {
    std::string result(1u << 20, 0);
    auto n = ::recv(theirs.get(), result.data(), result.size(), 0);
    result.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return result;
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

TEST(guarded_stream, the_head_leaves_with_the_body) {
  ends x{SOCK_SEQPACKET};
  auto uut = x.stream("POST / HTTP/1.1\r\n\r\n", true);
  write(uut, "of the library");
  EXPECT_EQ(uut.written(), 0u);
  std::string body(150'000, 'b');
  write(uut, body);
  EXPECT_TRUE(x.read() == "POST / HTTP/1.1\r\n\r\n" + body);
  EXPECT_EQ(uut.written(), 19 + body.size());
  EXPECT_EQ(uut.body_written(), body.size());
}

TEST(guarded_stream, a_head_without_a_body_leaves_at_once) {
  ends x{SOCK_SEQPACKET};
  auto uut = x.stream("GET / HTTP/1.1\r\n\r\n", false);
  write(uut, "of the library");
  EXPECT_EQ(x.read(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(uut.body_written(), 0u);
}

TEST(guarded_stream, a_head_that_leaves_in_pieces_arrives_whole) {
  ends x{SOCK_STREAM};
  auto small = 1;
  ::setsockopt(x.ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  std::string head(40'000, 'h');
  std::string body(40'000, 'b');
  auto uut = x.stream(head, true);
  std::string got;
  std::thread reader{[&] {
    while (got.size() < head.size() + body.size()) {
      auto piece = x.read();
      if (piece.empty())
        break;
      got += piece;
    }
  }};
  write(uut, "of the library");
  write(uut, body);
  reader.join();
  EXPECT_TRUE(got == head + body);
  EXPECT_EQ(uut.body_written(), body.size());
}

// What keeps taking bytes could go on so after its answer.
TEST(guarded_stream, looks_for_an_answer_where_the_kernel_takes_it_all) {
  ends x{SOCK_STREAM};
  auto much = 64 << 20;
  if (::setsockopt(x.ours.get(), SOL_SOCKET, SO_SNDBUFFORCE, &much, sizeof much)
      != 0)
    GTEST_SKIP() << "only root may have so much buffered";
  auto uut = x.stream("POST / HTTP/1.1\r\n\r\n", true);
  write(uut, "of the library");
  EXPECT_EQ(::send(x.theirs.get(), "HTTP", 4, 0), 4);
  std::string body(8u << 20, 'b'); // all of it would fit
  write(uut, body);
  EXPECT_TRUE(uut.early());
  EXPECT_LT(uut.body_written(), body.size());
}

} // namespace bqs::http
