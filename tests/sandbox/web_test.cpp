#include "sandbox/web.hpp"

#include <gtest/gtest.h>

#include "sandbox/gzip.hpp"
#include "sandbox/listener.hpp"
#include "tests/sandbox/fixture.hpp"
#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::raw_client;

const char* const insert_path = "/projects/p/datasets/ds/tables/t/insertAll";

struct web_test : testing::Test {
  web_test()
    : uut(e.answers), door("127.0.0.1", 0, [this](int fd) { uut.serve(fd); }),
      client(door.port()) {
    e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  }

  void set_fault(const char* spec) {
    e.answers.faults.set({std::get<fault>(parse_fault(spec))});
  }

  static std::string post(const std::string& body,
                          const std::string& headers = "") {
    return std::string{"POST "} + insert_path + " HTTP/1.1\r\n" + headers
           + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
           + body;
  }

  static options small() {
    options o;
    o.limits.body_bytes = 10'000;
    o.limits.hard_body_bytes = 100'000;
    return o;
  }

  test::endpoint e{small()};
  web uut;
  listener door;
  raw_client client;
};

const std::string row = R"({"rows":[{"json":{"a":1}}]})";

TEST_F(web_test, keeps_the_connection) {
  for (auto i = 0; i < 20; ++i) {
    client.send(post(row));
    EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
  }
  EXPECT_EQ(e.count(), 20u);
}

TEST_F(web_test, takes_requests_that_came_together) {
  client.send(post(row) + post(row));
  auto first = client.receive("Response\"}");
  if (first.find("Response\"}") == first.rfind("Response\"}"))
    client.receive("Response\"}");
  EXPECT_EQ(e.count(), 2u);
}

TEST_F(web_test, takes_chunked_bodies) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("5\r\n" + row.substr(0, 5) + "\r\n");
  char size[8];
  std::snprintf(size, sizeof(size), "%zx", row.size() - 5);
  client.send(std::string{size} + "\r\n" + row.substr(5) + "\r\n0\r\n\r\n");
  client.receive("Response\"}");
  EXPECT_EQ(e.count(), 1u);
}

TEST_F(web_test, a_post_without_length_has_no_body) {
  client.send(std::string{"POST "} + insert_path + " HTTP/1.1\r\n\r\n");
  EXPECT_NE(client.receive("}}").find("400"), std::string::npos);
}

TEST_F(web_test, a_delete_without_length_does_not_wait) {
  client.send("DELETE /projects/p/datasets/ds/tables/t HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.receive("\r\n\r\n").starts_with("HTTP/1.1 204"));
}

TEST_F(web_test, continues_if_asked) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: "
              + std::to_string(row.size()) + "\r\n\r\n");
  EXPECT_TRUE(client.receive("\r\n\r\n").starts_with("HTTP/1.1 100"));
  client.send(row);
  EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, a_large_body_is_read_and_refused) {
  client.send(post(std::string(50'000, ' ')));
  auto answer = client.receive("}}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400"));
  EXPECT_NE(answer.find("exceeds the limit: 10000 bytes."), std::string::npos);
  client.send(post(row));
  EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, a_huge_body_is_refused_before_it_is_read) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nContent-Length: 100001\r\n\r\nbeginning");
  auto answer = client.receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  EXPECT_NE(answer.find("text/html"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(client.error, 0);
}

TEST_F(web_test, a_body_that_ends_nowhere_for_certain_is_refused) {
  for (std::string head :
       {"Content-Length: many", "Content-Length: -5", "Content-Length: +5",
        "Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity"}) {
    raw_client other{door.port()};
    other.send(std::string{"POST "} + insert_path + " HTTP/1.1\r\n" + head
               + "\r\n\r\nhello");
    auto answer = other.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << head << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << head;
  }
}

TEST_F(web_test, a_length_may_be_said_twice) {
  auto length = "Content-Length: " + std::to_string(row.size()) + "\r\n";
  client.send(post(row, length));
  EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, a_length_that_no_number_can_hold_is_too_large) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 413"));
}

TEST_F(web_test, an_endless_chunked_body_is_cut) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (auto i = 0; i < 11; ++i)
    client.send("2710\r\n" + std::string(10'000, ' ') + "\r\n");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 413"));
}

TEST_F(web_test, bytes_that_are_not_http_are_refused) {
  client.send("hello\r\n\r\n");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 400"));
  EXPECT_EQ(client.error, 0);
}

TEST_F(web_test, a_head_without_end_is_cut) {
  client.send("GET / HTTP/1.1\r\n");
  auto line = "X-Line: " + std::string(1'000, 'x') + "\r\n";
  for (auto i = 0; i < 200 && client.send(line); ++i) {
    // nop
  }
  client.receive();
  SUCCEED();
}

TEST_F(web_test, a_long_path_is_refused) {
  client.send("GET /" + std::string(6'000, 'a') + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 414"));
}

TEST_F(web_test, a_cut_body_has_no_effect) {
  auto whole = post(row);
  client.send(whole.substr(0, whole.size() - 5));
  client.finish();
  EXPECT_EQ(client.receive(), "");
  EXPECT_EQ(e.count(), 0u);
}

TEST_F(web_test, a_form_with_files_is_a_body_like_any) {
  client.send(post("--x\r\n\r\nhello\r\n--x--\r\n",
                   "Content-Type: multipart/form-data; boundary=x\r\n"));
  auto answer = client.receive("}}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
  EXPECT_NE(answer.find("Invalid JSON payload received."), std::string::npos);
}

TEST_F(web_test, a_body_that_is_not_gzip_is_refused) {
  client.send(post(row, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 400"));
  EXPECT_EQ(e.count(), 0u);
}

TEST_F(web_test, takes_gzip_in_any_letters_and_of_several_members) {
  auto packed = *gzip(row.substr(0, 9)) + *gzip(row.substr(9));
  for (auto coding : {"gzip", "GZIP", "x-gzip"}) {
    client.send(
      post(packed, "Content-Encoding: " + std::string{coding} + "\r\n"));
    EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
  }
  EXPECT_EQ(e.count(), 3u);
}

TEST_F(web_test, gzip_that_was_cut_is_refused) {
  auto packed = *gzip(row);
  for (std::size_t n = 1; n < 10; ++n) {
    raw_client other{door.port()};
    other.send(
      post(packed.substr(0, packed.size() - n), "Content-Encoding: gzip\r\n"));
    EXPECT_TRUE(other.receive().starts_with("HTTP/1.1 400")) << n;
  }
  EXPECT_EQ(e.count(), 0u);
}

TEST_F(web_test, other_codings_are_refused_by_name) {
  for (auto coding : {"br", "deflate", "gzip, gzip"}) {
    raw_client other{door.port()};
    other.send(post(row, "Content-Encoding: " + std::string{coding} + "\r\n"));
    auto answer = other.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 415")) << coding;
    EXPECT_NE(answer.find("Unsupported Content-Encoding"), std::string::npos);
  }
  EXPECT_EQ(e.count(), 0u);
  client.send(post(row, "Content-Encoding: identity\r\n"));
  EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, resets_on_command) {
  set_fault("reset=after");
  client.send(post(row));
  EXPECT_EQ(client.receive(), "");
  EXPECT_EQ(client.error, ECONNRESET);
  EXPECT_EQ(e.count(), 1u);
}

TEST_F(web_test, answers_early_on_command) {
  set_fault("status=413,early=true,body=html");
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nContent-Length: 9000\r\n\r\n");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 413"));
  EXPECT_EQ(client.error, 0);
}

TEST_F(web_test, a_get_with_a_body_ends_the_connection) {
  client.send("GET /sandbox/ledger HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, overrides_the_method) {
  std::string body = R"({"description":"d"})";
  client.send("POST /projects/p/datasets/ds/tables/t HTTP/1.1\r\n"
              "X-HTTP-Method-Override: PATCH\r\nContent-Length: "
              + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_TRUE(client.receive("}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, packs_answers_for_those_who_ask_in_both_headers) {
  auto get = std::string{"GET /projects/p/datasets/ds/tables/t HTTP/1.1\r\n"
                         "Accept-Encoding: gzip\r\nConnection: close\r\n"};
  client.send(get + "User-Agent: test (gzip)\r\n\r\n");
  auto packed = client.receive();
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_NE(packed.find("\r\n\r\n\x1f\x8b"), std::string::npos);
  raw_client other{door.port()};
  other.send(get + "User-Agent: test\r\n\r\n");
  auto plain = other.receive();
  EXPECT_EQ(plain.find("Content-Encoding"), std::string::npos);
  EXPECT_NE(plain.find(R"("kind":"bigquery#table")"), std::string::npos);
}

TEST_F(web_test, tells_how_long_a_connection_may_be_idle) {
  client.send(post(row));
  auto answer = client.receive("Response\"}");
  EXPECT_NE(answer.find("\r\nKeep-Alive: timeout=600\r\n"), std::string::npos)
    << answer;
}

// With the limits of a test.
struct impatient_web_test : testing::Test {
  explicit impatient_web_test(options o = impatient())
    : e(std::move(o)), uut(e.answers),
      door("127.0.0.1", 0, [this](int fd) { uut.serve(fd); }),
      client(door.port()) {
    e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  }

  static options impatient() {
    options o;
    o.limits.half_request = std::chrono::milliseconds{20};
    return o;
  }

  test::endpoint e;
  web uut;
  listener door;
  raw_client client;
};

TEST_F(impatient_web_test, half_a_head_is_answered) {
  for (auto part : {"POST /projects", "GET / HTTP/1.1\r\nHost: x\r\n"}) {
    raw_client other{door.port()};
    other.send(part);
    EXPECT_TRUE(other.receive().starts_with("HTTP/1.1 408")) << part;
    EXPECT_EQ(other.error, 0);
  }
}

TEST_F(impatient_web_test, half_a_body_is_answered_and_counted) {
  auto head = std::string{"POST "} + insert_path + " HTTP/1.1\r\n";
  for (auto rest : {"Content-Length: 100\r\n\r\n{\"rows\":",
                    "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"row"}) {
    raw_client other{door.port()};
    other.send(head + rest);
    auto answer = other.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408")) << rest << answer;
    EXPECT_NE(answer.find("did not come in time"), std::string::npos);
  }
  EXPECT_EQ(e.count(), 0u);
  EXPECT_EQ(e.answers.counts.read()["ds.t"].outcomes["408 timeout"], 2u);
}

struct idle_web_test : impatient_web_test {
  idle_web_test() : impatient_web_test(idle()) {
    // nop
  }

  static options idle() {
    options o;
    o.limits.idle = std::chrono::milliseconds{20};
    return o;
  }
};

TEST_F(idle_web_test, idle_connections_are_closed) {
  EXPECT_EQ(client.receive(), "");
  EXPECT_EQ(client.error, 0);
}

// How "too large" shows itself.
struct large_web_test : testing::TestWithParam<size_disguise> {
  static options disguised() {
    options o;
    o.limits.body_bytes = 10'000;
    o.limits.hard_body_bytes = 100'000;
    o.too_large = GetParam();
    return o;
  }

  std::string answer_to(const std::string& body) {
    raw_client client{door.port()};
    client.send(std::string{"POST "} + insert_path
                + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size())
                + "\r\n\r\n" + body);
    auto result = client.receive(body == row ? "Response\"}" : "\r\n\r\n");
    error = client.error;
    return result;
  }

  test::endpoint e{disguised()};
  web uut{e.answers};
  listener door{"127.0.0.1", 0, [this](int fd) { uut.serve(fd); }};
  int error = 0;
};

TEST_P(large_web_test, shows_itself) {
  e.make_table(R"([{"name":"a","type":"INTEGER"}])");
  EXPECT_TRUE(answer_to(row).starts_with("HTTP/1.1 200"));
  auto answer = answer_to(std::string(50'000, ' '));
  auto huge = answer_to(std::string(200'000, ' '));
  auto is_page = answer.find("text/html") != std::string::npos;
  switch (GetParam()) {
    case size_disguise::json_400:
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") && !is_page) << answer;
      break;
    case size_disguise::page_400:
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") && is_page) << answer;
      break;
    case size_disguise::page_413:
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 413") && is_page) << answer;
      break;
    case size_disguise::reset:
      EXPECT_EQ(answer + huge, "");
      EXPECT_EQ(error, ECONNRESET);
      EXPECT_EQ(e.answers.counts.read()["ds.t"].outcomes["reset too large"],
                2u);
      return;
  }
  EXPECT_TRUE(huge.starts_with("HTTP/1.1 413")) << huge;
}

INSTANTIATE_TEST_SUITE_P(disguises, large_web_test,
                         testing::Values(size_disguise::json_400,
                                         size_disguise::page_400,
                                         size_disguise::page_413,
                                         size_disguise::reset));

TEST_F(web_test, takes_a_newline_behind_the_body) {
  client.send(post(row + "\n"));
  EXPECT_TRUE(client.receive("Response\"}").starts_with("HTTP/1.1 200"));
}

TEST_F(web_test, a_body_that_is_not_waited_for_is_not_called_bad) {
  set_fault("bandwidth=1B/s");
  e.answers.stop();
  client.send(post(row));
  EXPECT_EQ(client.receive(), "");
  EXPECT_EQ(client.error, ECONNRESET);
}

} // namespace
