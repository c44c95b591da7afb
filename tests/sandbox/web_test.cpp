#include "sandbox/web.hpp"

#include <gtest/gtest.h>

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

TEST_F(web_test, a_nonsense_length_is_refused) {
  client.send(std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nContent-Length: many\r\n\r\n");
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

TEST_F(web_test, a_body_that_is_not_gzip_is_refused) {
  client.send(post(row, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 400"));
  EXPECT_EQ(e.count(), 0u);
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

} // namespace
