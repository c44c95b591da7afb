// More keep-alive connections than any pool of threads would serve.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "sandbox/server.hpp"
#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::raw_client;

constexpr std::size_t clients = 250;
constexpr std::uint64_t rounds = 4;

struct many_clients_test : testing::Test {
  many_clients_test() : uut(on_free_port()) {
    uut.create_table("ds", "t", R"([{"name":"a","type":"INTEGER"}])");
    for (std::size_t i = 0; i < clients; ++i)
      lines.push_back(std::make_unique<raw_client>(uut.port()));
  }

  static options on_free_port() {
    options o;
    o.port = 0;
    return o;
  }

  static bool post(raw_client& x) {
    constexpr std::string_view body = R"({"rows":[{"json":{"a":1}}]})";
    return x.send("POST /projects/p/datasets/ds/tables/t/insertAll HTTP/1.1\r\n"
                  "Content-Length: "
                  + std::to_string(body.size()) + "\r\n\r\n"
                  + std::string{body});
  }

  static void expect_stored(raw_client& x) {
    EXPECT_TRUE(x.receive("Response\"}").starts_with("HTTP/1.1 200"));
  }

  server uut;
  std::vector<std::unique_ptr<raw_client>> lines;
};

TEST_F(many_clients_test, are_served_while_all_others_are_idle) {
  for (std::uint64_t i = 0; i < rounds; ++i)
    for (auto& x : lines) {
      ASSERT_TRUE(post(*x));
      expect_stored(*x);
    }
  EXPECT_EQ(uut.count_rows("ds", "t"), rounds * clients);
}

TEST_F(many_clients_test, are_served_at_once) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    for (auto& x : lines)
      ASSERT_TRUE(post(*x));
    for (auto& x : lines)
      expect_stored(*x);
  }
  EXPECT_EQ(uut.count_rows("ds", "t"), rounds * clients);
}

TEST_F(many_clients_test, do_not_wait_for_one_that_stalls) {
  // Half of a request each, on all connections but one.
  for (std::size_t i = 1; i < clients; ++i)
    ASSERT_TRUE(lines[i]->send("POST /projects/p/datasets/ds/tables/t/insertAll"
                               " HTTP/1.1\r\nContent-Length: 27\r\n\r\n{"));
  ASSERT_TRUE(post(*lines[0]));
  expect_stored(*lines[0]);
  for (std::size_t i = 1; i < clients; ++i) {
    ASSERT_TRUE(lines[i]->send(R"("rows":[{"json":{"a":1}}]})"));
    expect_stored(*lines[i]);
  }
  EXPECT_EQ(uut.count_rows("ds", "t"), clients);
}

} // namespace
