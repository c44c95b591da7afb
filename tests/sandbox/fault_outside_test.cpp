// Each fault as a client sees it, over real sockets. Time is a clock that the
// test moves, and pauses are noted instead of waited for.

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "sandbox/fault_list.hpp"
#include "sandbox/server.hpp"
#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;
using nlohmann::json;
using test::raw_client;

const char* const fields = R"([{"name":"id","type":"INTEGER"}])";
const char* const tables_path = "/bigquery/v2/projects/p/datasets/ds/tables";
const char* const table_path = "/bigquery/v2/projects/p/datasets/ds/tables/t";
const char* const insert_path
  = "/bigquery/v2/projects/p/datasets/ds/tables/t/insertAll";
const char* const metadata_path
  = "/computeMetadata/v1/instance/service-accounts/default/token";
const char* const one_row = R"({"rows":[{"insertId":"a","json":{"id":1}}]})";

struct fault_outside : testing::Test {
  fault_outside() {
    options o;
    o.port = 0;
    o.clock
      = [this] { return std::chrono::system_clock::time_point{now.load()}; };
    o.wait = [this](std::chrono::microseconds time) {
      {
        std::lock_guard guard{mutex};
        waits.push_back(time);
      }
      if (on_wait)
        on_wait();
    };
    uut = std::make_unique<server>(o);
    uut->create_table("ds", "t", fields);
    http = std::make_unique<httplib::Client>("127.0.0.1", uut->port());
    http->set_keep_alive(true);
    http->set_tcp_nodelay(true);
    http->set_read_timeout(60s);
  }

  ~fault_outside() override {
    uut->stop();
  }

  void set(const std::string& faults) {
    auto x = http->Post("/sandbox/faults", faults, "text/plain");
    ASSERT_TRUE(x);
    ASSERT_EQ(x->status, 200) << x->body;
  }

  httplib::Result insert(const std::string& body = one_row) {
    return http->Post(insert_path, body, "application/json");
  }

  httplib::Result make_table() {
    return http->Post(tables_path,
                      R"({"tableReference":{"tableId":"t"},"schema":{"fields":)"
                        + std::string{fields} + "}}",
                      "application/json");
  }

  /// Sends an insert on a connection of its own and returns all that comes.
  std::string raw_insert(raw_client& to) {
    return to.send(request_text()) ? to.receive() : "";
  }

  static std::string request_text() {
    return "POST " + std::string{insert_path}
           + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
           + std::to_string(std::string_view{one_row}.size()) + "\r\n\r\n"
           + one_row;
  }

  static httplib::Headers flavor() {
    return {{"Metadata-Flavor", "Google"}};
  }

  std::string metadata_token() {
    auto x = http->Get(metadata_path, flavor());
    return x ? json::parse(x->body).value("access_token", "") : "";
  }

  std::vector<std::chrono::microseconds> waited() {
    std::lock_guard guard{mutex};
    return waits;
  }

  table_counts counts() {
    return uut->ledger()["ds.t"];
  }

  std::string outcomes() {
    return json(counts().outcomes).dump();
  }

  std::atomic<std::chrono::hours> now{1'000h};
  std::mutex mutex;
  std::vector<std::chrono::microseconds> waits;
  std::function<void()> on_wait;
  std::unique_ptr<server> uut;
  std::unique_ptr<httplib::Client> http;
};

json error_of(const httplib::Result& x) {
  return x ? json::parse(x->body)["error"] : json{};
}

TEST_F(fault_outside, a_status_with_all_that_belongs_to_it) {
  set("status=429,reason=rateLimitExceeded,message=slowly,retry-after=7");
  auto x = insert();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 429);
  EXPECT_EQ(x->get_header_value("Retry-After"), "7");
  EXPECT_EQ(error_of(x)["errors"][0]["reason"], "rateLimitExceeded");
  EXPECT_EQ(error_of(x)["message"], "slowly");
  EXPECT_EQ(outcomes(), R"({"429 rateLimitExceeded":1})");
}

TEST_F(fault_outside, retry_after_as_a_date) {
  set("status=503,retry-after=date:90");
  auto x = insert();
  ASSERT_TRUE(x);
  // The clock stands 1,000 h after the beginning of 1970.
  EXPECT_EQ(x->get_header_value("Retry-After"),
            "Wed, 11 Feb 1970 16:01:30 GMT");
}

TEST_F(fault_outside, words_of_the_service_unless_told_otherwise) {
  set("status=404,count=1\nstatus=403,reason=quotaExceeded,count=1\n"
      "method=tables.get,status=403\nmethod=tables.insert,status=409");
  EXPECT_TRUE(
    std::string{error_of(insert())["message"]}.ends_with(":ds.t not found."));
  EXPECT_EQ(error_of(insert())["message"],
            "Your table: t exceeded quota for streaming insert rows per "
            "second.");
  EXPECT_EQ(error_of(http->Get(table_path))["message"],
            "Access Denied: Table p:ds.t: Permission bigquery.tables.get "
            "denied on table p:ds.t (or it may not exist).");
  EXPECT_EQ(error_of(make_table())["message"], "Already Exists: Table p:ds.t");
}

TEST_F(fault_outside, a_refused_token) {
  set("status=401,count=1");
  auto x = insert();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 401);
  EXPECT_EQ(x->get_header_value("WWW-Authenticate"),
            "Bearer realm=\"https://accounts.google.com/\", "
            "error=\"invalid_token\"");
  auto first = error_of(x)["errors"][0];
  EXPECT_EQ(first["message"], "Invalid Credentials");
  EXPECT_EQ(first["reason"], "authError");
  EXPECT_EQ(first["location"], "Authorization");
  EXPECT_EQ(insert()->status, 200);
}

TEST_F(fault_outside, tokens_that_expire_and_are_revoked) {
  auto mode = http->Post("/sandbox/tokens",
                         R"({"mode":"strict","lifetime_seconds":1800})",
                         "application/json");
  ASSERT_EQ(mode->status, 200) << mode->body;
  auto expect_refused = [&] {
    auto x = insert();
    ASSERT_TRUE(x);
    EXPECT_EQ(x->status, 401);
    EXPECT_EQ(error_of(x)["errors"][0]["reason"], "authError");
  };
  expect_refused(); // without any
  http->set_bearer_token_auth(metadata_token());
  EXPECT_EQ(insert()->status, 200);
  now = now.load() + 1h;
  expect_refused();
  http->set_bearer_token_auth(metadata_token());
  EXPECT_EQ(insert()->status, 200);
  EXPECT_EQ(http->Delete("/sandbox/tokens")->status, 200);
  expect_refused();
}

TEST_F(fault_outside, tokens_that_are_not_to_be_had) {
  set("method=tokens.metadata,status=503,count=1\n"
      "method=tokens.impersonate,status=403,count=1\n"
      "method=tokens.grant,status=500,body=empty,count=1\n"
      "method=*,status=502");
  auto metadata = [&] { return http->Get(metadata_path, flavor()); };
  EXPECT_EQ(metadata()->status, 503);
  EXPECT_EQ(metadata()->status, 200);
  auto impersonate = [&] {
    return http->Post("/v1/projects/-/serviceAccounts/"
                      "a@p.iam.gserviceaccount.com:generateAccessToken",
                      R"({"scope":["https://www.googleapis.com/auth/)"
                      R"(bigquery"],"lifetime":"3600s"})",
                      "application/json");
  };
  EXPECT_EQ(impersonate()->status, 403);
  EXPECT_EQ(impersonate()->status, 200);
  auto grant = [&] {
    return http->Post("/token",
                      "grant_type=refresh_token&client_id=c&client_secret=s&"
                      "refresh_token=r",
                      "application/x-www-form-urlencoded");
  };
  EXPECT_EQ(grant()->status, 500);
  EXPECT_EQ(grant()->status, 200);
}

TEST_F(fault_outside, bodies_that_are_not_json) {
  set("status=502,body=html,count=1\nstatus=503,body=empty,count=1");
  auto x = insert();
  ASSERT_TRUE(x);
  EXPECT_TRUE(x->get_header_value("Content-Type").starts_with("text/html"));
  EXPECT_FALSE(x->has_header("Retry-After"));
  x = insert();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->body, "");
  EXPECT_EQ(outcomes(), R"({"502 web page":1,"503 empty":1})");
}

TEST_F(fault_outside, a_status_after_the_commit) {
  set("status=503,commit=true,count=1");
  EXPECT_EQ(insert()->status, 503);
  EXPECT_EQ(counts().committed, 1u);
  EXPECT_EQ(insert()->status, 200);
  EXPECT_EQ(counts().deduplicated, 1u);
}

TEST_F(fault_outside, resets) {
  set("reset=before,count=1\nreset=after,count=1");
  raw_client before{uut->port()};
  EXPECT_EQ(raw_insert(before), "");
  EXPECT_EQ(before.error, ECONNRESET);
  EXPECT_EQ(counts().committed, 0u);
  raw_client after{uut->port()};
  EXPECT_EQ(raw_insert(after), "");
  EXPECT_EQ(after.error, ECONNRESET);
  EXPECT_EQ(counts().committed, 1u);
  EXPECT_EQ(outcomes(), R"({"reset after":1,"reset before":1})");
}

TEST_F(fault_outside, an_answer_before_the_body) {
  set("status=413,early=true,body=html");
  raw_client peer{uut->port()};
  peer.send("POST " + std::string{insert_path}
            + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{");
  EXPECT_TRUE(peer.receive().starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(outcomes(), R"({"413 web page early":1})");
}

TEST_F(fault_outside, rows_that_fail_alone) {
  set("rows=timeout,every=2,message=late");
  auto x = insert(R"({"rows":[{"json":{"id":1}},{"json":{"id":2}}]})");
  ASSERT_TRUE(x);
  auto errors = json::parse(x->body)["insertErrors"];
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0]["index"], 1);
  EXPECT_EQ(errors[0]["errors"][0]["reason"], "timeout");
  EXPECT_EQ(counts().committed, 1u);
  EXPECT_EQ(counts().rejected_by_reason["timeout"], 1u);
  EXPECT_EQ(outcomes(), R"({"200 with errors":1})");
  set("rows=backendError");
  errors = json::parse(insert()->body)["insertErrors"];
  EXPECT_EQ(errors[0]["errors"][0]["reason"], "backendError");
}

TEST_F(fault_outside, rows_that_stop_their_neighbours) {
  set("rows=stopped,count=1");
  insert();
  EXPECT_EQ(counts().rejected_by_reason["stopped"], 1u);
  insert(R"({"rows":[{"json":{"id":1}},{"json":{"id":"x"}}]})");
  EXPECT_EQ(counts().rejected_by_reason["stopped"], 2u);
  EXPECT_EQ(counts().rejected_by_reason["invalid"], 1u);
  EXPECT_EQ(counts().rejected, 3u);
}

TEST_F(fault_outside, an_answer_that_ends_in_the_middle) {
  set("status=503,truncate=5,count=1\ntruncate=half,count=1");
  for (auto i = 0; i < 2; ++i) {
    raw_client peer{uut->port()};
    auto text = raw_insert(peer);
    EXPECT_EQ(peer.error, 0);
    auto head_end = text.find("\r\n\r\n") + 4;
    auto at = text.find("Content-Length: ");
    ASSERT_NE(at, std::string::npos);
    auto announced = std::stoul(text.substr(at + 16));
    EXPECT_EQ(text.size() - head_end, i == 0 ? 5 : announced / 2);
    EXPECT_LT(text.size() - head_end, announced);
  }
  EXPECT_EQ(counts().committed, 1u);
  EXPECT_EQ(outcomes(),
            R"({"200 truncated":1,"503 backendError truncated":1})");
}

TEST_F(fault_outside, an_answer_that_stalls_and_goes_on) {
  set("stall=10s");
  std::promise<void> waiting;
  std::promise<void> seen;
  on_wait = [&] {
    waiting.set_value();
    seen.get_future().wait();
  };
  raw_client peer{uut->port()};
  ASSERT_TRUE(peer.send(request_text()));
  // The first half comes, and nothing more as long as the pause lasts.
  auto text = peer.receive("\r\n\r\n{");
  waiting.get_future().wait();
  EXPECT_EQ(waited(), std::vector<std::chrono::microseconds>{10s});
  EXPECT_FALSE(text.ends_with("}"));
  seen.set_value();
  text += peer.receive();
  auto body = json::parse(text.substr(text.find("\r\n\r\n") + 4));
  EXPECT_EQ(body["kind"], "bigquery#tableDataInsertAllResponse");
  EXPECT_EQ(outcomes(), R"({"200 stalled":1})");
}

TEST_F(fault_outside, an_answer_that_drips) {
  set("drip=100B/s");
  auto x = insert();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 200);
  uut->stop(); // the last pause follows the last byte
  std::chrono::microseconds sum{0};
  for (auto each : waited())
    sum += each;
  EXPECT_EQ(sum, x->body.size() * 10ms);
}

TEST_F(fault_outside, bodies_over_a_narrow_line) {
  set("bandwidth=1MB/s");
  auto body = one_row + std::string(105'000, ' ');
  EXPECT_EQ(insert(body)->status, 200);
  // Nobody moves the clock, so each pause has those before it in it.
  auto seconds
    = [&] { return std::chrono::duration<double>(waited().back()).count(); };
  EXPECT_NEAR(seconds(), 0.1, 0.002);
  EXPECT_EQ(insert(body)->status, 200);
  EXPECT_NEAR(seconds(), 0.205, 0.002);
  http->set_compress(true);
  EXPECT_EQ(insert(body)->status, 200);
  EXPECT_NEAR(seconds(), 0.205, 0.002);
  EXPECT_EQ(counts().requests[200], 3u);
}

TEST_F(fault_outside, latency_is_asked_for) {
  set("latency=50ms\nlatency=10ms..20ms,latency-per-mb=1s");
  EXPECT_EQ(insert()->status, 200);
  auto bytes = std::string_view{one_row}.size();
  auto all = waited();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_GE(all[0], 60ms + bytes * 1us);
  EXPECT_LE(all[0], 70ms + bytes * 1us);
}

TEST_F(fault_outside, latency_that_is_mostly_short) {
  set("latency=lognormal:10ms:1.0");
  for (auto i = 0; i < 200; ++i)
    insert();
  auto all = waited();
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 200u);
  EXPECT_GT(all[100], 6ms);
  EXPECT_LT(all[100], 16ms);
  EXPECT_GT(all.back(), 50ms);
}

TEST_F(fault_outside, latency_has_a_bound) {
  set("latency=lognormal:10ms:2.0,latency-per-mb=1s,latency-max=12ms");
  for (auto i = 0; i < 100; ++i)
    insert();
  auto all = waited();
  ASSERT_EQ(all.size(), 100u);
  EXPECT_EQ(*std::max_element(all.begin(), all.end()), 12ms);
  EXPECT_LT(*std::min_element(all.begin(), all.end()), 10ms);
}

TEST_F(fault_outside, latency_is_real) {
  options o;
  o.port = 0;
  o.faults = std::get<std::vector<fault>>(parse_faults("latency=20ms"));
  server other{o};
  httplib::Client client{"127.0.0.1", other.port()};
  auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.Post(insert_path, one_row, "application/json"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST_F(fault_outside, realistic_latency) {
  set("realistic");
  for (auto i = 0; i < 100; ++i)
    insert();
  auto all = waited();
  std::sort(all.begin(), all.end());
  ASSERT_GE(all.size(), 100u);
  EXPECT_GT(all.front(), 110ms);
  EXPECT_GT(all[50], 115ms);
  EXPECT_LT(all[50], 122ms);
  EXPECT_LE(all.back(), 2s);
}

TEST_F(fault_outside, a_schedule) {
  set("status=503,from=1h,for=1h,period=3h");
  std::string seen;
  for (auto hour = 0; hour < 7; ++hour, now = now.load() + 1h)
    seen += insert()->status == 503 ? 'x' : '.';
  EXPECT_EQ(seen, ".x..x..");
}

TEST_F(fault_outside, every_other_and_the_next_three) {
  set("status=503,nth=2,count=2");
  std::string seen;
  for (auto i = 0; i < 7; ++i)
    seen += insert()->status == 503 ? 'x' : '.';
  EXPECT_EQ(seen, ".x.x...");
}

TEST_F(fault_outside, probability_is_replayed) {
  auto sample = [&] {
    set("status=503,probability=0.5");
    std::string seen;
    for (auto i = 0; i < 40; ++i)
      seen += insert()->status == 503 ? 'x' : '.';
    return seen;
  };
  auto x = sample();
  EXPECT_EQ(x, sample());
  EXPECT_NE(x.find('x'), std::string::npos);
  EXPECT_NE(x.find('.'), std::string::npos);
}

TEST_F(fault_outside, methods_and_patterns_of_tables) {
  set("method=tables.get,table=ds.*,status=404\ntable=other.*,status=500");
  EXPECT_EQ(http->Get(table_path)->status, 404);
  EXPECT_EQ(insert()->status, 200);
}

TEST_F(fault_outside, a_new_table_is_not_known_to_streaming) {
  set("new-table-404=2h");
  auto x = insert();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 404);
  EXPECT_TRUE(
    std::string{error_of(x)["message"]}.ends_with(":ds.t not found."));
  EXPECT_EQ(http->Get(table_path)->status, 200);
  now = now.load() + 2h;
  EXPECT_EQ(insert()->status, 200);
  EXPECT_EQ(outcomes(), R"({"200":1,"404 notFound":1})");
}

TEST_F(fault_outside, a_table_that_is_made_again) {
  set("recreate-404=1h\nrecreate-loss=2h");
  EXPECT_EQ(insert()->status, 200);
  EXPECT_EQ(http->Delete(table_path)->status, 204);
  ASSERT_EQ(make_table()->status, 200);
  auto x = insert();
  EXPECT_EQ(x->status, 404);
  EXPECT_TRUE(
    std::string{error_of(x)["message"]}.starts_with("Table is deleted: "));
  now = now.load() + 1h;
  x = insert(R"({"rows":[{"insertId":"b","json":{"id":1}}]})");
  EXPECT_EQ(x->status, 200);
  EXPECT_EQ(uut->count_rows("ds", "t"), 0u);
  EXPECT_EQ(counts().lost, 1u);
  now = now.load() + 1h;
  EXPECT_EQ(insert(R"({"rows":[{"insertId":"c","json":{"id":1}}]})")->status,
            200);
  EXPECT_EQ(uut->count_rows("ds", "t"), 1u);
}

TEST_F(fault_outside, a_schema_that_is_late) {
  set("stale-schema=1h");
  now = now.load() + 1h;
  auto patched
    = http->Patch(table_path,
                  R"({"schema":{"fields":[{"name":"id","type":"INTEGER"},)"
                  R"({"name":"more","type":"STRING"}]}})",
                  "application/json");
  ASSERT_EQ(patched->status, 200) << patched->body;
  const char* body = R"({"rows":[{"json":{"id":1,"more":"x"}}]})";
  auto errors = json::parse(insert(body)->body)["insertErrors"];
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0]["errors"][0]["message"], "no such field: more.");
  now = now.load() + 1h;
  EXPECT_FALSE(json::parse(insert(body)->body).contains("insertErrors"));
}

TEST_F(fault_outside, quotas) {
  set("quota-bytes=1B/s\nquota-rows=1/s,per=table,table=ds.u");
  EXPECT_EQ(insert()->status, 200);
  auto x = insert();
  EXPECT_EQ(x->status, 403);
  EXPECT_EQ(error_of(x)["errors"][0]["reason"], "quotaExceeded");
  EXPECT_TRUE(std::string{error_of(x)["message"]}.ends_with(
    "exceeded quota for insert bytes per second."));
  now = now.load() + 1h;
  EXPECT_EQ(insert()->status, 200);
  EXPECT_EQ(outcomes(), R"({"200":2,"403 quotaExceeded":1})");
}

TEST_F(fault_outside, a_quota_of_rows) {
  set("quota-rows=1/s,per=table");
  EXPECT_EQ(insert()->status, 200);
  auto x = insert();
  EXPECT_EQ(x->status, 403);
  EXPECT_EQ(error_of(x)["message"],
            "Your table: t exceeded quota for streaming insert rows per "
            "second.");
  // Only rows with an insert id count.
  EXPECT_EQ(insert(R"({"rows":[{"json":{"id":1}}]})")->status, 200);
  now = now.load() + 1h;
  EXPECT_EQ(insert()->status, 200);
}

TEST_F(fault_outside, what_is_wrong_with_a_list_is_said) {
  for (auto body : {"", "status=503\nstatus=x\n", R"(["status=x"])", "{}"}) {
    auto x = http->Post("/sandbox/faults", body, "text/plain");
    ASSERT_TRUE(x);
    EXPECT_EQ(x->status, 400) << body;
  }
  auto x
    = http->Post("/sandbox/faults", "status=503\nstatus=x\n", "text/plain");
  EXPECT_EQ(error_of(x)["message"],
            "body:2: fault: status=x: want a number from 300 to 599, but not "
            "304");
}

} // namespace
