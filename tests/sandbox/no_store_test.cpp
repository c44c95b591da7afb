// The endpoint without a store, over real sockets.
#include <gtest/gtest.h>
#include <httplib.h>

#include "sandbox/server.hpp"

namespace {

using namespace bqs::sandbox;

const char* const insert_path
  = "/bigquery/v2/projects/p/datasets/ds/tables/t/insertAll";

options no_store() {
  options o;
  o.port = 0;
  o.store = row_store::none;
  return o;
}

std::string body_of(int rows) {
  std::string result = R"({"rows":[)";
  for (auto i = 0; i < rows; ++i)
    result += (i > 0 ? "," : "") + std::string{R"({"insertId":"},{","json":{)"}
              + R"("text":"a \"quoted\" {word}\\"}})";
  return result + "]}";
}

struct no_store_test : testing::Test {
  int insert(const std::string& body) {
    auto answer = http.Post(insert_path, body, "application/json");
    return answer ? answer->status : -1;
  }

  server uut{no_store()};
  httplib::Client http{uut.url()};
};

TEST_F(no_store_test, counts_bodies_of_any_size) {
  http.set_keep_alive(true);
  auto sum = 0;
  for (auto n : {1, 2, 3, 10, 100, 1'000, 10'000, 50'000}) {
    EXPECT_EQ(insert(body_of(n)), 200);
    sum += n;
  }
  EXPECT_EQ(uut.count_rows("ds", "t"), static_cast<std::uint64_t>(sum));
  EXPECT_EQ(uut.ledger()["ds.t"].committed, static_cast<std::uint64_t>(sum));
}

TEST_F(no_store_test, inflates_as_it_counts) {
  http.set_compress(true);
  EXPECT_EQ(insert(body_of(20'000)), 200);
  EXPECT_EQ(uut.count_rows("ds", "t"), 20'000u);
}

TEST_F(no_store_test, keeps_the_limit_of_a_body) {
  auto limit = options{}.limits.body_bytes;
  EXPECT_EQ(insert(body_of(1) + std::string(limit, ' ')), 400);
  http.set_compress(true);
  EXPECT_EQ(insert(body_of(1) + std::string(limit, ' ')), 400);
  EXPECT_EQ(insert(std::string(40u << 20, ' ')), 413);
  EXPECT_EQ(uut.count_rows("ds", "t"), 0u);
}

TEST_F(no_store_test, has_tables_before_anybody_made_them) {
  auto answer = http.Get("/bigquery/v2/projects/p/datasets/ds/tables/t");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

} // namespace
