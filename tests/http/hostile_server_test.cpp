#include "http/connection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "http/base64.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/gzip.hpp"
#include "tests/http/peak_memory.hpp"

// What a server may send to do harm. None of it may cost more memory than the
// bounds allow, nor more time, nor be taken for an answer.

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using test::answer_text;
using test::compressed;
using test::fake_server;
using test::gzip;
using test::peer;

using clock = std::chrono::steady_clock;

/// Of the answer's body.
constexpr std::size_t bound = 1 << 20;

answer post_to(fake_server& server, const transport_options& how = {},
               std::chrono::milliseconds total = 30s) {
  connection uut{endpoint{false, "127.0.0.1", server.port()}, how};
  return uut.post("/x", {}, "{}", {total, bound});
}

std::string coded(const std::string& coding, const std::string& body) {
  return answer_text(200, body, "Content-Encoding: " + coding + "\r\n");
}

constexpr auto chunked
  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

} // namespace

TEST(hostile_server, what_never_ends_is_given_up) {
  struct endless_case {
    std::string begin;
    std::string then;
  };
  std::string ok = "HTTP/1.1 200 OK\r\n";
  std::string lines;
  std::string chunks;
  std::string interim;
  std::string blanks;
  while (lines.size() < 1 << 16) {
    lines += "X-Header: value\r\n";
    chunks += "1\r\nx\r\n";
    interim += "HTTP/1.1 100 Continue\r\n\r\n";
    blanks += "\r\n";
  }
  std::string text(1 << 16, 'x');
  std::string zeros(1 << 16, '0');
  std::string nothing(1 << 16, '\0');
  const std::vector<endless_case> cases{
    {"", text},
    {"", nothing},
    {"", blanks},
    {"", interim},
    {"HTTP/1.1 200 ", text},
    {ok, lines},
    {ok, text},
    {ok, nothing},
    {ok + "X: ", text},
    {ok + "X: ", nothing},
    {ok + "\r\n", text},
    {chunked, chunks},
    {chunked, zeros},
    {chunked, "1;" + text},
    {chunked, nothing},
    {chunked, blanks},
    {std::string{chunked} + "1;", text},
    {std::string{chunked} + "2\r\n{}\r\n0\r\n", lines},
    {std::string{chunked} + "7fffffffffffffff\r\n", text},
    {std::string{chunked} + "ffffffffffffffff\r\n", text},
  };
  for (const auto& x : cases) {
    auto name = (x.begin + x.then).substr(0, 100);
    fake_server server{{[&](peer& client) {
      client.read_request();
      client.send(x.begin);
      client.flood(x.then);
    }}};
    answer result;
    auto grown = test::growth_during([&] { result = post_to(server); });
    EXPECT_EQ(result.reach, reach::answer_cut) << name;
    EXPECT_EQ(result.body, "") << name;
    EXPECT_EQ(result.status, 0) << name;
    EXPECT_FALSE(result.timed_out) << name;
    if (grown) {
      EXPECT_LT(*grown, 24u << 20) << name;
    }
  }
}

TEST(hostile_server, a_million_headers_are_too_many) {
  fake_server server{{[](peer& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n");
    for (auto i = 0; i < 1'000'000; ++i)
      if (!client.send("X-" + std::to_string(i) + ": x\r\n"))
        break;
    client.send("Content-Length: 2\r\n\r\n{}");
    client.drain();
  }}};
  auto x = post_to(server);
  EXPECT_EQ(x.reach, reach::answer_cut);
  EXPECT_TRUE(x.answer_too_large);
}

TEST(hostile_server, a_bomb_does_not_go_off) {
  // Of 64 MiB of blanks.
  std::string brotli = from_base64("z///f/glQOKxQCD3/p/////wSwDEYQGA7v0/////"
                                   "4ZcAiMMiAN37//z//8cvARCHBQC69/8=")
                         .value_or("");
  ASSERT_EQ(brotli.size(), 53u);
  auto blanks = std::string(32u << 20, ' ');
  auto once = gzip(blanks);
  const std::vector<std::string> texts{
    coded("gzip", once),
    coded("deflate", compressed(blanks, 15)),
    coded("br", brotli),
    coded("gzip", once + once),
    std::string{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"} + once,
  };
  blanks = {};
  for (const auto& text : texts) {
    auto name = text.substr(0, 80);
    fake_server server{{[&](peer& client) {
      client.read_request();
      client.send(text);
      client.finish();
    }}};
    answer result;
    auto grown = test::growth_during([&] { result = post_to(server); });
    EXPECT_EQ(result.reach, reach::answer_cut) << name;
    EXPECT_TRUE(result.answer_too_large) << name;
    EXPECT_EQ(result.body, "") << name;
    if (grown) {
      EXPECT_LT(*grown, 24u << 20) << name; // brotli's window has 16 MiB
    }
  }
}

TEST(hostile_server, what_is_not_compressed_as_it_says_ends_soon) {
  auto good = gzip("{\"kind\":\"x\"}");
  auto half = good.substr(0, good.size() / 2);
  const std::vector<std::string> texts{
    coded("gzip", good + "and more"),
    coded("gzip", good + good),
    coded("gzip", half),
    coded("gzip", half + half),
    coded("gzip", ""),
    coded("gzip", "{}"),
    coded("gzip", std::string(1000, '\0')),
    coded("deflate", good.substr(0, 5)),
    coded("deflate", compressed("{}", 15) + std::string(100, 'x')),
    // Wants a dictionary.
    coded("deflate", std::string{"\x78\x20\x00\x00\x00\x01\x00\x00", 8}),
    coded("br", good),
    coded("br", ""),
    coded("br", std::string{"\x06", 1} + std::string(100, 'x')),
    coded("gzip, br", good),
    coded("none", good),
  };
  for (const auto& text : texts) {
    fake_server server{{[&](peer& client) {
      client.read_request();
      client.send(text);
      client.finish();
      client.drain();
    }}};
    auto begin = clock::now();
    auto x = post_to(server, {}, 10s);
    EXPECT_FALSE(x.timed_out) << text;
    EXPECT_LT(clock::now() - begin, 10s) << text;
    EXPECT_LE(x.body.size(), bound);
  }
}

TEST(hostile_server, whatever_drips_has_the_time_of_the_whole) {
  struct drip_case {
    std::string begin;
    std::string then;
  };
  std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<drip_case> cases{
    {"", "HTTP/1.1 100 Continue\r\n\r\n"},
    {ok, "X-Header: value\r\n"},
    {ok + "\r\n", "x"},
    {chunked, "1\r\nx\r\n"},
    {std::string{chunked} + "2\r\n{}\r\n0\r\n", "X-Trailer: x\r\n"},
    {ok + "Content-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n", "\x1f"},
  };
  for (const auto& x : cases) {
    fake_server server{{[&](peer& client) {
      client.read_request();
      client.send(x.begin);
      client.drip(x.then, 20ms, x.then.size());
    }}};
    auto begin = clock::now();
    auto result = post_to(server, {}, 400ms);
    EXPECT_EQ(result.reach, reach::answer_cut) << x.begin;
    EXPECT_LT(clock::now() - begin, 10s) << x.begin;
    EXPECT_EQ(result.body, "") << x.begin;
  }
}

} // namespace bqs::http
