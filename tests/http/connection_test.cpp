#include "http/connection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/http/fake_server.hpp"
#include "tests/http/gzip.hpp"
#include "tests/http/test_authority.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using test::answer_text;
using test::answering;
using test::authority;
using test::fake_server;
using test::gzip;
using test::peer;
using test::script;

using clock = std::chrono::steady_clock;

constexpr auto path = "/bigquery/v2/projects/p/datasets/d/tables/t/insertAll";

/// No run of the same bytes anywhere, so that a piece in the wrong place shows.
const std::string& large_body() {
  static const auto instance = [] {
    std::string result;
    for (auto i = 0u; result.size() < 9u << 20; ++i)
      result += std::to_string(i * 2654435761u) + ",";
    return result;
  }();
  return instance;
}

transport_options trusting(const test::test_authority& x) {
  transport_options result;
  result.tls.ca_file = x.file();
  return result;
}

/// Limits that a test reaches only by mistake.
exchange_limits ample() {
  return {30s, 1 << 20};
}

exchange_limits within(std::chrono::milliseconds total) {
  return {total, 1 << 20};
}

answer post(connection& uut, std::string_view body = "{}",
            const exchange_limits& limits = ample()) {
  return uut.post(path, {{"Content-Type", "application/json"}}, body, limits);
}

/// Everything that must hold for plain connections and for TLS alike.
class connection_test : public ::testing::TestWithParam<bool> {
protected:
  void serve(std::vector<script> scripts) {
    static const auto context = authority().serve("x", "IP:127.0.0.1");
    server_ = std::make_unique<fake_server>(
      std::move(scripts), GetParam() ? context.get() : nullptr);
    uut_ = std::make_unique<connection>(
      endpoint{GetParam(), "127.0.0.1", server_->port()}, how_);
  }

  /// For the next `serve`.
  transport_options how_ = trusting(authority());
  std::unique_ptr<fake_server> server_;
  std::unique_ptr<connection> uut_;
};

INSTANTIATE_TEST_SUITE_P(plain, connection_test, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(tls, connection_test, ::testing::Values(true));

// -- when all is well ---------------------------------------------------------

TEST_P(connection_test, hands_out_an_answer_as_it_came) {
  serve({answering({answer_text(429, "{\"error\":{}}",
                                "Retry-After: 7\r\nServer: ESF\r\n")})});
  auto x = post(*uut_, "{\"rows\":[]}");
  EXPECT_EQ(x.reach, reach::answered);
  EXPECT_EQ(x.status, 429);
  EXPECT_EQ(x.body, "{\"error\":{}}");
  EXPECT_EQ(x.retry_after, "7");
  EXPECT_EQ(x.body_written, 11u);
  EXPECT_EQ(x.error, "");
  EXPECT_FALSE(x.early || x.timed_out || x.cancelled || x.answer_too_large);
}

TEST_P(connection_test, sends_a_large_body_byte_by_byte_as_it_is) {
  std::string head;
  std::string body;
  serve({[&](peer& client) {
    head = client.read_head();
    body = client.read(large_body().size());
    client.send(answer_text(200, "{}"));
    client.drain();
  }});
  const auto& sent = large_body();
  auto x = uut_->post(path, {{"Authorization", "Bearer t-1"}}, sent, ample());
  EXPECT_EQ(x.reach, reach::answered) << x.error;
  EXPECT_EQ(x.body_written, sent.size());
  EXPECT_EQ(body, sent);
  auto host = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(head.find("POST " + std::string{path} + " HTTP/1.1\r\n"), 0u);
  EXPECT_NE(head.find("\r\nHost: " + host + "\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nAuthorization: Bearer t-1\r\n"), std::string::npos);
  EXPECT_NE(
    head.find("\r\nContent-Length: " + std::to_string(sent.size()) + "\r\n"),
    std::string::npos);
  EXPECT_EQ(head.find("Expect"), std::string::npos);
}

TEST_P(connection_test, asks_without_a_body) {
  std::string head;
  serve({[&](peer& client) {
    head = client.read_head();
    client.send(answer_text(200, "v", "Metadata-Flavor: Google\r\n"));
    client.read_head();
    client.send(answer_text(404, ""));
    client.drain();
  }});
  auto x = uut_->get("/v1/x?y=z", {{"Metadata-Flavor", "Google"}}, ample());
  EXPECT_EQ(x.reach, reach::answered) << x.error;
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(x.body, "v");
  EXPECT_EQ(x.metadata_flavor, "Google");
  EXPECT_EQ(head.find("GET /v1/x?y=z HTTP/1.1\r\n"), 0u);
  EXPECT_NE(head.find("\r\nMetadata-Flavor: Google\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(uut_->get("/", {}, ample()).status, 404);
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_P(connection_test, asks_by_any_method) {
  std::string head;
  std::string next_head;
  std::string body;
  serve({[&](peer& client) {
    head = client.read_head();
    client.send("HTTP/1.1 204 No Content\r\n\r\n");
    next_head = client.read_head();
    body = client.read(2);
    client.send(answer_text(200, "{}"));
    client.drain();
  }});
  EXPECT_EQ(uut_->request("DELETE", "/t", {}, {}, ample()).status, 204);
  EXPECT_EQ(head.find("DELETE /t HTTP/1.1\r\n"), 0u);
  EXPECT_EQ(uut_->request("PATCH", "/t", {}, "[]", ample()).status, 200);
  EXPECT_EQ(next_head.find("PATCH /t HTTP/1.1\r\n"), 0u);
  EXPECT_EQ(body, "[]");
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_P(connection_test, gives_no_body_to_a_get) {
  serve({answering({answer_text(200, "{}")})});
  auto x = uut_->request("GET", "/t", {}, "[]", ample());
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_EQ(x.error, "nothing sent: a GET has no body");
  EXPECT_EQ(uut_->request("GET", "/t", {}, {}, ample()).status, 200);
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_P(connection_test, keeps_the_connection) {
  auto chunked = std::string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
                             "\r\n\r\n2\r\n{}\r\n0\r\n\r\n"};
  serve({answering({answer_text(200, "one"), answer_text(503, ""), chunked,
                    "HTTP/1.1 204 No Content\r\n\r\n",
                    answer_text(307, "", "Location: /elsewhere\r\n"),
                    answer_text(200, "six")})});
  EXPECT_EQ(post(*uut_).body, "one");
  EXPECT_EQ(post(*uut_).status, 503);
  EXPECT_EQ(post(*uut_).body, "{}");
  EXPECT_EQ(post(*uut_, "").status, 204);
  EXPECT_EQ(post(*uut_, large_body()).status, 307);
  EXPECT_EQ(post(*uut_).body, "six");
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_P(connection_test, decompresses) {
  auto packed = gzip("{\"kind\":\"k\"}");
  serve({answering({answer_text(200, packed, "Content-Encoding: gzip\r\n")})});
  EXPECT_EQ(post(*uut_).body, "{\"kind\":\"k\"}");
}

TEST_P(connection_test, passes_over_100_continue) {
  serve(
    {answering({"HTTP/1.1 100 Continue\r\n\r\n" + answer_text(200, "{}")})});
  EXPECT_EQ(post(*uut_).status, 200);
}

TEST_P(connection_test, an_answer_without_a_length_ends_with_its_connection) {
  auto ending = [](peer& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n\r\nwhole");
    client.finish();
    client.drain();
  };
  serve({ending, ending});
  EXPECT_EQ(post(*uut_).body, "whole");
  EXPECT_EQ(post(*uut_).body, "whole");
}

TEST_P(connection_test, closes_when_the_server_says_so) {
  auto text = answer_text(200, "{}", "Connection: close\r\n");
  serve({answering({text}), answering({text})});
  EXPECT_EQ(post(*uut_).reach, reach::answered);
  EXPECT_EQ(post(*uut_).reach, reach::answered);
  EXPECT_EQ(server_->connections(), 2u);
}

// -- an idle connection -------------------------------------------------------

TEST_P(connection_test, reconnects_when_the_server_has_closed) {
  auto closing = [](auto close) {
    return [close](peer& client) {
      client.read_request();
      client.send(answer_text(200, "{}"));
      close(client);
    };
  };
  serve({closing([](peer& client) { client.finish(); }),
         closing([](peer& client) { client.hang_up(); }),
         closing([](peer& client) { client.reset(); }),
         answering({answer_text(200, "last")})});
  for (std::size_t n = 1; n <= 3; ++n) {
    EXPECT_EQ(post(*uut_).reach, reach::answered);
    server_->await_finished(n);
  }
  auto x = post(*uut_, large_body());
  EXPECT_EQ(x.body, "last") << x.error;
}

TEST_P(connection_test, never_takes_stray_bytes_for_an_answer) {
  std::latch answered{1};
  std::latch strayed{1};
  auto stray = answer_text(200, "stray");
  serve({answering({answer_text(200, "one") + stray}),
         [&](peer& client) {
           client.read_request();
           client.send(answer_text(200, "two"));
           answered.wait();
           client.send(stray);
           strayed.count_down();
           client.drain();
         },
         answering({answer_text(200, "three")})});
  EXPECT_EQ(post(*uut_).body, "one");
  EXPECT_EQ(post(*uut_).body, "two");
  answered.count_down();
  strayed.wait();
  EXPECT_EQ(post(*uut_).body, "three");
}

// -- cut off ------------------------------------------------------------------

TEST_P(connection_test, no_answer_after_the_body_is_body_sent) {
  serve({[](peer& client) {
           client.read_request();
           client.finish();
         },
         [](peer& client) {
           client.read_request();
           client.reset();
         },
         answering({answer_text(200, "{}")})});
  for (auto i = 0; i < 2; ++i) {
    auto x = post(*uut_);
    EXPECT_EQ(x.reach, reach::body_sent);
    EXPECT_EQ(x.body_written, 2u);
    EXPECT_EQ(x.status, 0);
    EXPECT_EQ(x.error.find("no answer: "), 0u) << x.error;
    EXPECT_FALSE(x.timed_out);
  }
  EXPECT_EQ(post(*uut_).reach, reach::answered);
}

TEST_P(connection_test, an_end_within_the_body_is_body_cut) {
  serve({[](peer& client) {
           client.read(1 << 20);
           client.reset();
         },
         [](peer& client) {
           client.read(1 << 20);
           client.finish();
         },
         answering({answer_text(200, "{}")})});
  const auto& body = large_body();
  for (auto i = 0; i < 2; ++i) {
    auto x = post(*uut_, body);
    EXPECT_EQ(x.reach, reach::body_cut);
    EXPECT_GT(x.body_written, 0u);
    EXPECT_LT(x.body_written, body.size());
    EXPECT_EQ(x.error.find("cut after "), 0u) << x.error;
    EXPECT_FALSE(x.early);
  }
  EXPECT_EQ(post(*uut_, body).reach, reach::answered);
}

TEST_P(connection_test, a_truncated_answer_is_answer_cut) {
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::vector<std::string> texts{
    "H",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234",
    chunked,
    chunked + "5\r\n123",
    chunked + "5\r\n12345\r\n",
    chunked + "5\r\n12345\r\n0\r\n",
  };
  std::vector<script> scripts;
  for (const auto& text : texts)
    scripts.push_back([text](peer& client) {
      client.read_request();
      client.send(text);
      client.finish();
    });
  serve(scripts);
  for (const auto& text : texts) {
    auto x = post(*uut_);
    EXPECT_EQ(x.reach, reach::answer_cut) << text;
    EXPECT_EQ(x.status, 0) << text;
    EXPECT_EQ(x.body, "") << text;
    EXPECT_EQ(x.error.find("no whole answer: "), 0u) << x.error;
  }
  EXPECT_EQ(server_->connections(), texts.size());
}

TEST_P(connection_test, an_answer_whose_end_is_unclear_is_answer_cut) {
  std::string ok = "HTTP/1.1 200 OK\r\n";
  std::vector<std::string> texts{
    "220 smtp.example.com ESMTP\r\n",
    "\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "\r\n",
    ok + "Content-Length: abc\r\n\r\n{}",
    ok + "Content-Length: -2\r\n\r\n{}",
    ok + "Content-Length: 99999999999999999999\r\n\r\n{}",
    ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "2\r\n{}\r\n0\r\n\r\n",
    ok + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ok + "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\":1}\r\n0\r\n\r\n",
    ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
    ok + "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip..",
    ok + "Content-Length: 2\r\n 0\r\n\r\n{}",
    ok + "Content-Length: 2\r\n\tx: y\r\n\r\n{}",
    ok + " Content-Length: 3\r\nContent-Length: 2\r\n\r\n{}",
    ok + "Content-Length: 2\r\nContent-Length : 3\r\n\r\n{}",
    ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\n\r\n{}",
    "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n 0\r\n\r\n{}",
  };
  std::vector<script> scripts;
  for (const auto& text : texts)
    scripts.push_back(answering({text}));
  serve(scripts);
  for (const auto& text : texts) {
    auto x = post(*uut_);
    EXPECT_EQ(x.reach, reach::answer_cut) << text;
    EXPECT_EQ(x.body, "") << text;
  }
  EXPECT_EQ(server_->connections(), texts.size());
}

// -- an early answer ----------------------------------------------------------

const auto too_large_page
  = answer_text(413, "<html><title>413</title></html>",
                "Content-Type: text/html\r\nConnection: close\r\n");

TEST_P(connection_test, an_early_answer_ends_the_sending_and_is_read) {
  auto early = [](auto then) {
    return [then](peer& client) {
      client.read(100'000);
      client.send(too_large_page);
      then(client);
    };
  };
  serve({early([](peer&) {}), // closes with unread bytes: RST
         early([](peer& client) { client.reset(); }), early([](peer& client) {
           client.finish();
           client.drain();
         }),
         early([](peer& client) { client.drain(); }),
         early([](peer& client) { client.ignore(); })});
  const auto& body = large_body();
  for (auto i = 0; i < 5; ++i) {
    auto x = post(*uut_, body);
    EXPECT_EQ(x.reach, reach::answered) << i << ": " << x.error;
    EXPECT_EQ(x.status, 413);
    EXPECT_EQ(x.body, "<html><title>413</title></html>");
    EXPECT_TRUE(x.early);
    EXPECT_LT(x.body_written, body.size());
    EXPECT_FALSE(x.timed_out);
  }
}

TEST_P(connection_test, an_early_answer_can_be_cut_too) {
  serve({[](peer& client) {
    client.read(100'000);
    client.send(too_large_page.substr(0, 30));
    client.finish();
    client.drain();
  }});
  auto x = post(*uut_, large_body());
  EXPECT_EQ(x.reach, reach::answer_cut);
  EXPECT_TRUE(x.early);
}

TEST_P(connection_test, the_connection_of_an_early_answer_is_not_used_again) {
  serve({[](peer& client) {
           client.read(100'000);
           client.send(answer_text(400, "{}"));
           client.drain();
         },
         answering({answer_text(200, "{}")})});
  EXPECT_EQ(post(*uut_, large_body()).status, 400);
  EXPECT_EQ(post(*uut_).status, 200);
  EXPECT_EQ(server_->connections(), 2u);
}

// -- time ---------------------------------------------------------------------

TEST_P(connection_test, one_deadline_ends_every_kind_of_waiting) {
  struct slow_case {
    script server;
    reach expected;
    std::string body = "{}";
  };
  auto after_request = [](auto then) {
    return [then](peer& client) {
      client.read_request();
      then(client);
    };
  };
  auto head = "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n";
  std::vector<slow_case> cases{
    {[](peer& client) { client.ignore(); }, reach::body_cut, large_body()},
    {after_request([](peer& client) { client.drain(); }), reach::body_sent},
    {after_request([](peer& client) { client.drip("HTTP/1.1 200 ", 10ms); }),
     reach::answer_cut},
    {after_request([head](peer& client) {
       client.send(head);
       client.drip("x", 10ms);
     }),
     reach::answer_cut},
    {after_request([head](peer& client) {
       client.send(head);
       client.drain();
     }),
     reach::answer_cut},
  };
  for (const auto& x : cases) {
    serve({x.server});
    auto begin = clock::now();
    auto result = post(*uut_, x.body, within(500ms));
    auto took = clock::now() - begin;
    EXPECT_EQ(result.reach, x.expected);
    EXPECT_TRUE(result.timed_out);
    EXPECT_FALSE(result.cancelled);
    EXPECT_NE(result.error.find("timed out after 500 ms"), std::string::npos)
      << result.error;
    EXPECT_GE(took, 500ms);
  }
}

TEST_P(connection_test, each_step_has_a_limit_of_its_own) {
  struct stalled_case {
    std::chrono::milliseconds transport_options::*limit;
    script server;
    reach expected;
    std::string body = "{}";
  };
  auto after_request = [](std::string begin) {
    return [begin](peer& client) {
      client.read_request();
      client.send(begin);
      client.drain();
    };
  };
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  std::vector<stalled_case> cases{
    {&transport_options::write, [](peer& client) { client.ignore(); },
     reach::body_cut, large_body()},
    {&transport_options::write,
     [](peer& client) {
       client.read(1 << 20);
       client.ignore();
     },
     reach::body_cut, large_body()},
    {&transport_options::answer, after_request(""), reach::body_sent},
    {&transport_options::answer, after_request("HTTP/1.1"), reach::answer_cut},
    {&transport_options::answer, after_request(head + "1234"),
     reach::answer_cut},
  };
  for (const auto& x : cases) {
    how_ = trusting(authority());
    how_.*x.limit = 200ms;
    serve({x.server});
    auto begin = clock::now();
    auto result = post(*uut_, x.body);
    EXPECT_EQ(result.reach, x.expected);
    EXPECT_TRUE(result.timed_out);
    EXPECT_NE(result.error.find("timed out, nothing moved for 200 ms"),
              std::string::npos)
      << result.error;
    EXPECT_GE(clock::now() - begin, 200ms);
  }
}

TEST_P(connection_test, a_step_that_gets_on_may_take_longer_than_its_limit) {
  how_.write = how_.answer = 500ms;
  auto text = answer_text(200, "{}");
  serve({[&](peer& client) {
    client.read_request();
    client.drip_once(text, 1000ms / text.size());
    client.drain();
  }});
  auto begin = clock::now();
  auto x = post(*uut_);
  EXPECT_EQ(x.reach, reach::answered) << x.error;
  EXPECT_GE(clock::now() - begin, 500ms);
}

TEST_P(connection_test, no_time_at_all_sends_nothing) {
  serve({});
  auto x = post(*uut_, "{}", within(0ms));
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_TRUE(x.timed_out);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_P(connection_test, any_span_of_time_will_do) {
  auto ever = std::chrono::milliseconds::max();
  how_.connect = how_.write = how_.answer = ever;
  serve({answering({answer_text(200, "{}")})});
  EXPECT_EQ(post(*uut_, "{}", {ever, 100}).reach, reach::answered);
}

// -- size ---------------------------------------------------------------------

TEST_P(connection_test, an_answer_beyond_its_bounds_is_given_up) {
  std::string ok = "HTTP/1.1 200 OK\r\n";
  auto bomb = gzip(std::string(16 << 20, ' '));
  std::string block(1 << 16, 'x');
  std::string lines;
  while (lines.size() < 1 << 16)
    lines += "X-Header: value\r\n";
  struct large_case {
    std::string first;
    std::string then;
  };
  std::vector<large_case> cases{
    {"HTTP/1.1 200 " + std::string(32 << 10, 'y'), "\r\n\r\n"},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 " + block, block},
    {ok + "X-Endless: ", block},
    {ok, lines},
    {ok + "\r\n", block},
    {ok + "Content-Length: 1048577\r\n\r\n", block},
    {ok + "Content-Length: 18446744073709551615\r\n\r\n", block},
    {ok + "Transfer-Encoding: chunked\r\n\r\n", block},
    {ok + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", block},
    {ok + "Content-Encoding: gzip\r\nContent-Length: "
       + std::to_string(bomb.size()) + "\r\n\r\n" + bomb,
     bomb},
  };
  std::vector<script> scripts;
  for (const auto& x : cases)
    scripts.push_back([x](peer& client) {
      client.read_request();
      client.send(x.first);
      client.flood(x.then);
    });
  serve(scripts);
  for (const auto& x : cases) {
    auto name = x.first.substr(0, 80);
    auto result = post(*uut_);
    EXPECT_EQ(result.reach, reach::answer_cut) << name;
    EXPECT_TRUE(result.answer_too_large) << name;
    EXPECT_FALSE(result.timed_out) << name;
    EXPECT_EQ(result.body, "") << name;
  }
}

TEST_P(connection_test, an_answer_may_fill_its_bound) {
  std::string body(1000, 'x');
  serve({answering({answer_text(200, body), answer_text(200, body + "x")})});
  EXPECT_EQ(post(*uut_, "{}", {30s, 1000}).body, body);
  EXPECT_TRUE(post(*uut_, "{}", {30s, 1000}).answer_too_large);
}

// -- cancel -------------------------------------------------------------------

TEST_P(connection_test, cancel_ends_this_exchange_and_all_later_ones) {
  std::latch waiting{1};
  serve({[&](peer& client) {
    client.read_request();
    waiting.count_down();
    client.drain();
  }});
  std::thread other{[&] {
    waiting.wait();
    uut_->cancel();
  }};
  auto x = post(*uut_);
  other.join();
  EXPECT_EQ(x.reach, reach::body_sent);
  EXPECT_TRUE(x.cancelled);
  EXPECT_FALSE(x.timed_out);
  EXPECT_NE(x.error.find("cancelled"), std::string::npos);
  x = post(*uut_);
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_TRUE(x.cancelled);
  EXPECT_EQ(server_->connections(), 1u);
}

// -- what may go out ----------------------------------------------------------

TEST_P(connection_test, refuses_what_would_end_a_line) {
  serve({answering({answer_text(200, "{}")})});
  using namespace std::string_literals;
  std::vector<connection::headers> cases{
    {{"Authorization", "Bearer secret\r\nInjected: 1"}},
    {{"Authorization", "Bearer secret\n"}},
    {{"Authorization", "Bearer secret\r"}},
    {{"Authorization", "Bearer secret\0"s}},
    {{"Authorization", "Bearer secret\x7f"}},
    {{"Content-Type", "application/json"}, {"X", "secret\r\n\r\nGET /"}},
    {{"", "secret"}},
    {{"A b", "secret"}},
    {{"A:", "secret"}},
    {{"A\r\nB", "secret"}},
    {{"content-length", "0"}},
    {{"Transfer-Encoding", "chunked"}},
    {{"Host", "other.example"}},
    {{"Expect", "100-continue"}},
  };
  for (const auto& fields : cases) {
    auto x = uut_->post(path, fields, "{}", ample());
    EXPECT_EQ(x.reach, reach::not_sent);
    EXPECT_FALSE(x.error.empty());
    EXPECT_EQ(x.error.find("secret"), std::string::npos) << x.error;
    EXPECT_EQ(x.error.find_first_of("\r\n"), std::string::npos) << x.error;
  }
  for (auto* bad : {"", "x", "/a b", "/a\r\nb", "/\xc3\xbc"})
    EXPECT_EQ(uut_->post(bad, {}, "{}", ample()).reach, reach::not_sent);
  EXPECT_EQ(server_->connections(), 0u);
  auto x = uut_->post(path, {{"X", "tab\tand \xc3\xbc"}}, "{}", ample());
  EXPECT_EQ(x.reach, reach::answered) << x.error;
}

// -- no connection ------------------------------------------------------------

TEST_P(connection_test, a_refused_port_is_not_sent) {
  serve({});
  auto port = server_->port();
  server_.reset();
  auto x = post(*uut_);
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_EQ(x.body_written, 0u);
  EXPECT_FALSE(x.timed_out);
  EXPECT_EQ(x.error, "nothing sent: cannot connect to 127.0.0.1 port "
                       + std::to_string(port) + ": Connection refused");
}

TEST(connection, an_unknown_name_is_not_sent) {
  connection uut{endpoint{false, "no-such-host.invalid", 80}};
  auto x = post(uut, "{}", within(2s));
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_NE(x.error.find("no-such-host.invalid"), std::string::npos);
}

TEST(connection, tries_every_address_of_a_name) {
  fake_server server{{answering({answer_text(200, "{}")})}}; // not on ::1
  connection uut{endpoint{false, "localhost", server.port()}};
  auto x = post(uut);
  EXPECT_EQ(x.reach, reach::answered) << x.error;
}

// -- TLS ----------------------------------------------------------------------

/// Offers `context` on 127.0.0.1 and connects to it as `host`.
answer post_to(const std::string& host, SSL_CTX* context,
               const transport_options& how) {
  fake_server server{{answering({answer_text(200, "{}")})}, context};
  connection uut{endpoint{true, host, server.port()}, how};
  return post(uut);
}

TEST(tls, accepts_a_certificate_for_its_host) {
  auto ours = trusting(authority());
  auto by_name = authority().serve("x", "DNS:localhost");
  auto by_address = authority().serve("x", "IP:127.0.0.1");
  auto x = post_to("localhost", by_name.get(), ours);
  EXPECT_EQ(x.reach, reach::answered) << x.error;
  x = post_to("127.0.0.1", by_address.get(), ours);
  EXPECT_EQ(x.reach, reach::answered) << x.error;
}

TEST(tls, refuses_a_certificate_for_another_host) {
  struct wrong_case {
    const char* host;
    const char* common_name;
    const char* names;
  };
  const wrong_case cases[] = {
    {"localhost", "x", "DNS:other.example"},
    {"localhost", "x", "IP:127.0.0.1"},
    {"127.0.0.1", "x", "DNS:localhost"},
    {"127.0.0.1", "x", "IP:127.0.0.2"},
    {"127.0.0.1", "127.0.0.1", "DNS:127.0.0.1"},
    // The common name does not count, with other names or without.
    {"localhost", "localhost", "DNS:other.example"},
    {"localhost", "localhost", ""},
  };
  for (const auto& x : cases) {
    auto context = authority().serve(x.common_name, x.names);
    auto result = post_to(x.host, context.get(), trusting(authority()));
    EXPECT_EQ(result.reach, reach::not_sent) << x.host << ' ' << x.names;
    EXPECT_NE(result.error.find("certificate not accepted"), std::string::npos)
      << result.error;
    EXPECT_NE(result.error.find("mismatch"), std::string::npos) << result.error;
  }
}

TEST(tls, refuses_an_unknown_authority) {
  test::test_authority other;
  auto context = authority().serve("x", "IP:127.0.0.1");
  for (const auto& how : {transport_options{}, trusting(other)}) {
    auto x = post_to("127.0.0.1", context.get(), how);
    EXPECT_EQ(x.reach, reach::not_sent);
    EXPECT_NE(x.error.find("certificate not accepted"), std::string::npos)
      << x.error;
  }
}

TEST(tls, refuses_a_certificate_that_has_expired) {
  auto context = authority().serve("x", "IP:127.0.0.1", -1);
  auto x = post_to("127.0.0.1", context.get(), trusting(authority()));
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_NE(x.error.find("certificate has expired"), std::string::npos)
    << x.error;
}

TEST(tls, a_missing_file_of_authorities_is_named) {
  auto context = authority().serve("x", "IP:127.0.0.1");
  transport_options how;
  how.tls.ca_file = "/no/such/file.pem";
  auto x = post_to("127.0.0.1", context.get(), how);
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_NE(x.error.find("/no/such/file.pem"), std::string::npos) << x.error;
}

TEST(tls, refuses_versions_before_1_2) {
  auto context = authority().serve("x", "IP:127.0.0.1");
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  auto x = post_to("127.0.0.1", context.get(), trusting(authority()));
  EXPECT_EQ(x.reach, reach::not_sent) << x.status;
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  x = post_to("127.0.0.1", context.get(), trusting(authority()));
  EXPECT_EQ(x.reach, reach::answered) << x.error;
}

TEST(tls, a_server_that_speaks_something_else_is_not_sent) {
  for (auto* text : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
    fake_server server{{[text](peer& client) {
      client.read(100);
      client.send(text);
      client.finish();
    }}};
    connection uut{endpoint{true, "127.0.0.1", server.port()}};
    auto x = post(uut);
    EXPECT_EQ(x.reach, reach::not_sent);
    EXPECT_NE(x.error.find("TLS with 127.0.0.1 failed"), std::string::npos)
      << x.error;
    EXPECT_FALSE(x.timed_out);
  }
}

TEST(tls, a_silent_handshake_is_bounded_by_either_limit) {
  for (auto by_total : {false, true}) {
    fake_server server{{[](peer& client) { client.drain(); }}};
    transport_options how;
    auto limits = ample();
    (by_total ? limits.total : how.connect) = 200ms;
    connection uut{endpoint{true, "127.0.0.1", server.port()}, how};
    auto begin = clock::now();
    auto x = post(uut, "{}", limits);
    auto took = clock::now() - begin;
    EXPECT_EQ(x.reach, reach::not_sent);
    EXPECT_EQ(x.timed_out, by_total);
    EXPECT_NE(x.error.find("timed out"), std::string::npos) << x.error;
    EXPECT_GE(took, 200ms);
  }
}

TEST(tls, a_silent_handshake_can_be_cancelled) {
  std::latch waiting{1};
  fake_server server{{[&](peer& client) {
    client.read(1);
    waiting.count_down();
    client.drain();
  }}};
  connection uut{endpoint{true, "127.0.0.1", server.port()}};
  std::thread other{[&] {
    waiting.wait();
    uut.cancel();
  }};
  auto x = post(uut);
  other.join();
  EXPECT_EQ(x.reach, reach::not_sent);
  EXPECT_TRUE(x.cancelled);
}

TEST(tls, an_answer_cut_without_close_notify_is_not_whole) {
  auto context = authority().serve("x", "IP:127.0.0.1");
  fake_server server{{[](peer& client) {
                       client.read_request();
                       client.send("HTTP/1.1 200 OK\r\n\r\n{\"kind\":");
                       client.hang_up();
                       client.drain();
                     }},
                     context.get()};
  connection uut{endpoint{true, "127.0.0.1", server.port()},
                 trusting(authority())};
  EXPECT_EQ(post(uut).reach, reach::answer_cut);
}

} // namespace

} // namespace bqs::http
